import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `vitest run --mode slow` adds the long ones: kill loops, large files, all corpora. */
export default defineConfig(({ mode }) => ({
  // Vite would take the development build of graphql, and what it imports for us the other one: two copies of its classes.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: mode === 'slow' ? [] : ['test/slow/**'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: mode === 'slow' ? 600_000 : 30_000,
    hookTimeout: 60_000,
    pool: 'forks' as const,
    maxWorkers: 2,
  },
}));
