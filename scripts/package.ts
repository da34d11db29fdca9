/**
 * Makes the package that is published, in `dist/package`: the bundle with its start script, documents, what is bundled
 * (CycloneDX) and under which licences. Expects the bundle to be there.
 */
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import { billOfMaterials } from './package/bill-of-materials.ts';
import { bundledPackages } from './package/bundled.ts';
import { noticesFor } from './package/notices.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'dist/package');
const documents = ['README.md', 'CHANGELOG.md', 'LICENSE', 'docs'];
/** Found by name at run time: these stay packages of their own. */
const { ssh2, 'sh-syntax': shSyntax } = packageJson.dependencies;

rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, 'dist'), { recursive: true });
for (const name of readdirSync(join(root, 'dist'))) {
  if (name.endsWith('.js')) cpSync(join(root, 'dist', name), join(target, 'dist', name));
}
cpSync(join(root, 'bin'), join(target, 'bin'), { recursive: true });
chmodSync(join(target, 'bin/sallyport'), 0o755);
for (const name of documents) cpSync(join(root, name), join(target, name), { recursive: true });

const { name, version, description, license, bin, type } = packageJson;
const manifest = {
  name,
  version,
  description,
  license,
  type,
  bin,
  engines: { node: '>=22.18' },
  os: ['linux', 'darwin'],
  dependencies: { ssh2, 'sh-syntax': shSyntax },
};
writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);

const packages = bundledPackages(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const bom = billOfMaterials(packages, { name, version });
writeFileSync(join(target, 'sbom.cdx.json'), `${JSON.stringify(bom, undefined, 2)}\n`);
writeFileSync(join(target, 'THIRD_PARTY_NOTICES'), noticesFor(root, packages));
console.log(`${name} ${version} is in ${target}`);
