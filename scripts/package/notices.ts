import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundledPackage } from './bundled.ts';

/** The licence of every package, with the text of its own file. Throws where one says none. */
export function noticesFor(root: string, packages: readonly BundledPackage[]): string {
  const notices = packages.map(({ name, version, licence, directory }) => {
    const text = licenceText(join(root, directory));
    if (licence === undefined && text === undefined) throw new Error(`${name} ${version} does not say its licence`);
    const own = text ?? 'It comes without a text of its licence.';
    return `${name} ${version}\nLicence: ${licence ?? 'see below'}\n\n${own}\n`;
  });
  const rule = `\n${'-'.repeat(80)}\n\n`;
  return `Sallyport contains these packages, under the licences that follow.\n${rule}${notices.join(rule)}`;
}

function licenceText(directory: string): string | undefined {
  if (!existsSync(directory)) return undefined;
  const files = readdirSync(directory).filter((name) => /^(?:licen[cs]e|copying|notice)/i.test(name));
  const texts = files.toSorted().map((name) => readFileSync(join(directory, name), 'utf8').trim());
  return texts.length === 0 ? undefined : texts.join('\n\n');
}
