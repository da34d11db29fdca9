import { defineConfig } from 'vitest/config';
import { usual } from './vitest.config.ts';

/**
 * The tests of the policy alone, without those that measure time, run bash or go through whole corpora: `npm run mutation`
 * runs for every mutant those that reach it. `MUTATION_TESTS`: files with commas between them, to run no others.
 */
export default defineConfig({
  test: {
    ...usual,
    include: (process.env['MUTATION_TESTS'] ?? 'test/policy/**/*.test.ts').split(','),
    exclude: [
      'test/policy/shell/{hostile-texts,second-opinions}.test.ts',
      'test/policy/threat-table.test.ts',
      'test/policy/rules/corpora.test.ts',
    ],
    // To load the modules anew for each file would take longer than the tests.
    isolate: false,
    globalSetup: [],
    maxWorkers: 1,
  },
});
