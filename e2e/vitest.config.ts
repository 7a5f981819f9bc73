import { defineConfig } from 'vitest/config';

// End-to-end tests drive built processes; their own files are all that is transformed here. One file at a time: each starts processes of
// its own, and two cores are few.
export default defineConfig({
  test: {
    include: ['e2e/src/**/*.spec.ts'],
    setupFiles: ['e2e/src/peers/end-children.ts'],
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
