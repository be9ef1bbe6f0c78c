import { defineConfig } from "vitest/config";

// The tests share one machine with the servers and browsers that they start: one file at a time.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "src/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
