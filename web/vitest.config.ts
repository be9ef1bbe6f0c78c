import { defineConfig } from "vitest/config";

// The tests share one machine with the servers and browsers that they start: two files at a time, of
// which one often waits for what the store does now and then.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "src/**/*.test.ts"],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
