import { defineConfig } from 'vitest/config';

const withSlow = process.env['WAYBILL_SLOW_TESTS'] === '1';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: withSlow ? [] : ['test/slow/**'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: withSlow ? 600_000 : 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
