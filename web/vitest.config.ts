import { defineConfig } from "vitest/config";

// The tests share one machine with the servers and browsers that they start, and much of their time
// they wait for a page to be quiet: two files at a time.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "src/**/*.test.ts"],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The store takes what was sent in batches; a busy machine needs a while.
    expect: { poll: { timeout: 15_000, interval: 100 } },
  },
});
