import { defineConfig } from 'vitest/config';
import { usual } from './vitest.config.ts';

/** The usual tests, for `npm run coverage`: counting takes time, so they get more of it. */
export default defineConfig({
  test: { ...usual, setupFiles: ['scripts/take-coverage.ts'], testTimeout: 60_000, hookTimeout: 90_000 },
});
