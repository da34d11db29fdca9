import { readFile } from 'node:fs/promises';
import { hasErrorCode } from '../base/error-code.ts';
import { checkConfigFile } from '../base/file-modes.ts';
import { configInvalid, type Problem } from '../base/problem.ts';
import { didYouMean } from '../base/did-you-mean.ts';
import { settings, yamlKey } from './schema.ts';

export interface FileSetting {
  readonly value: unknown;
  readonly line: number;
  readonly column: number;
}

export interface SettingsFile {
  /** By key as it stands in the file. */
  readonly values: ReadonlyMap<string, FileSetting>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

const knownKeys = Object.keys(settings)
  .filter((name) => name !== 'configDir')
  .map(yamlKey);

/** Reads `sallyport.yaml`; an absent one sets nothing. Throws `config_invalid` when others may write it. */
export async function readSettingsFile(file: string): Promise<SettingsFile> {
  const warnings = await checkConfigFile(file);
  try {
    return { ...(await parse(file, await readFile(file, 'utf8'))), warnings };
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return { values: new Map(), problems: [], warnings };
    if (hasErrorCode(error, 'EACCES')) throw configInvalid([`${file}: cannot be read (EACCES)`]);
    throw error;
  }
}

/** The YAML parser is loaded here, for those who have such a file. */
async function parse(file: string, text: string): Promise<Omit<SettingsFile, 'warnings'>> {
  const { parseDocument, LineCounter, isMap, isNode, isScalar } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const at = (offset: number | undefined): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const values = new Map<string, FileSetting>();
  const problems: Problem[] = document.errors.map(({ message, pos }) => ({ file, ...at(pos[0]), what: message }));
  const { contents } = document;
  if (problems.length > 0 || contents === null) return { values, problems };
  if (!isMap(contents)) return { values, problems: [{ file, ...at(0), what: 'must hold settings as `name: value`' }] };
  for (const { key, value } of contents.items) {
    const name = String(isScalar(key) ? key.value : key);
    const place = at(isNode(key) ? key.range?.[0] : 0);
    if (!knownKeys.includes(name)) {
      problems.push({ file, ...place, what: `unknown setting ${name}${didYouMean(name, knownKeys)}` });
    } else if (isNode(value)) {
      values.set(name, { value: value.toJS(document), ...at(value.range?.[0]) });
    }
  }
  return { values, problems };
}
