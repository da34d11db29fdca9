/**
 * Writes the pages of `docs/` that are made from the code. With `--check` it writes nothing and fails when one of them
 * is not what it would write.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { commandsPage } from './docs/commands-page.ts';
import { configurationPage } from './docs/configuration-page.ts';
import { errorsPage } from './docs/errors-page.ts';
import { metricsPage } from './docs/metrics-page.ts';
import { policySchemaPage } from './docs/policy-schema-page.ts';
import { seedsPage } from './docs/seeds-page.ts';
import { toolsPage } from './docs/tools-page.ts';

const pages = {
  'tools.md': toolsPage(),
  'cli.md': commandsPage(),
  'configuration.md': configurationPage(),
  'errors.md': errorsPage(),
  'metrics.md': metricsPage(),
  'seeds.md': seedsPage(),
  'policy.schema.json': policySchemaPage(),
};

const isCheck = process.argv.includes('--check');
for (const [name, content] of Object.entries(pages)) {
  const path = new URL(`../docs/${name}`, import.meta.url);
  if (existsSync(path) && readFileSync(path, 'utf8') === content) continue;
  if (!isCheck) {
    writeFileSync(path, content);
    continue;
  }
  console.error(`docs/${name} is stale: run node scripts/docs.ts`);
  process.exitCode = 1;
}
