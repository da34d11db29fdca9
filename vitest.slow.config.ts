import { defineConfig } from 'vitest/config';
import { usual } from './vitest.config.ts';

/** What is true of one case is tried here in hundreds: too slow to be waited for at every change. */
export default defineConfig({
  test: { ...usual, include: ['test/slow/**/*.test.ts'], exclude: [], testTimeout: 120_000 },
});
