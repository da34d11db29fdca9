import { defineConfig } from 'vitest/config';
import { usual } from './vitest.config.ts';

/** The tests of the policy alone, without those that measure time or run bash: `npm run mutation` runs them for every mutant. */
export default defineConfig({
  test: {
    ...usual,
    include: ['test/policy/**/*.test.ts'],
    exclude: ['test/policy/shell/{hostile-texts,second-opinions}.test.ts', 'test/policy/threat-table.test.ts'],
    globalSetup: [],
    maxWorkers: 1,
  },
});
