import { defineConfig } from 'vitest/config';

// Tests run the libraries' sources; processes run what was built. The condition is the one tsconfig.base.json names.
const conditions = ['@ringdown/source', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['node'] } },
  test: {
    include: ['**/*.spec.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    pool: 'threads',
    maxWorkers: 2,
  },
});
