import { parseDocument } from 'yaml';
import { isMembers } from '../../base/json-file.ts';
import { configInvalid } from '../../base/problem.ts';
import { AnsibleInventory } from './ansible-inventory.ts';

const maxHosts = 10_000;

/** Reads an inventory in YAML or INI. Throws `config_invalid` with the line of what cannot be read. */
export function readAnsible(file: string, text: string): AnsibleInventory {
  const inventory = new AnsibleInventory();
  if (/\.ya?ml$/i.test(file) || /^(?:---|all:)/m.test(text)) readYaml(file, text, inventory);
  else readIni(file, text, inventory);
  return inventory;
}

function readYaml(file: string, text: string, inventory: AnsibleInventory): void {
  const document = parseDocument(text, { logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) {
    throw configInvalid([`${file}:${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0] ?? 'not YAML'}`]);
  }
  const groups: unknown = document.toJS();
  if (!isMembers(groups)) throw configInvalid([`${file}:1: an inventory is an object of groups by name`]);
  for (const [name, group] of Object.entries(groups)) takeGroup(name, group, inventory);
}

function takeGroup(name: string, value: unknown, inventory: AnsibleInventory): void {
  const group = inventory.group(name);
  if (!isMembers(value)) return;
  const { hosts, vars, children } = value;
  for (const [pattern, own] of entriesOf(hosts)) {
    for (const host of expanded(pattern)) inventory.addHost(host, name, texts(own));
  }
  for (const [key, text] of texts(vars)) group.variables.set(key, text);
  for (const [child, inner] of entriesOf(children)) {
    group.children.add(child);
    takeGroup(child, inner, inventory);
  }
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isMembers(value) ? Object.entries(value) : [];
}

/** Variables that are lists or objects are none of ours. */
function texts(value: unknown): readonly (readonly [string, string])[] {
  return entriesOf(value).flatMap(([key, inner]) =>
    typeof inner === 'string' || typeof inner === 'number' || typeof inner === 'boolean' ? [[key, String(inner)]] : [],
  );
}

function readIni(file: string, text: string, inventory: AnsibleInventory): void {
  let [section, kind] = ['ungrouped', 'hosts'];
  for (const [at, whole] of text.split(/\r?\n/).entries()) {
    const line = whole.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const header = /^\[([^\][:]+)(?::(children|vars|hosts))?\]\s*(?:[#;].*)?$/.exec(line);
    if (header) {
      [section, kind] = [header[1]?.trim() ?? '', header[2] ?? 'hosts'];
      inventory.group(section);
      continue;
    }
    const words = wordsOf(line);
    const [first] = words ?? [];
    if (words === undefined || first === undefined) throw configInvalid([`${file}:${at + 1}: a quote is not closed`]);
    if (kind === 'children') inventory.group(section).children.add(first);
    else if (kind === 'vars') {
      const [, key = '', value = ''] = /^([^=\s]+)\s*=\s*(.*)$/.exec(line) ?? [];
      if (key === '') throw configInvalid([`${file}:${at + 1}: a variable is written KEY=VALUE`]);
      inventory.group(section).variables.set(key, unquoted(value));
    } else takeHostLine(words, section, inventory);
  }
}

function takeHostLine([first = '', ...rest]: readonly string[], group: string, inventory: AnsibleInventory): void {
  const variables = rest.flatMap((word): readonly (readonly [string, string])[] => {
    const at = word.indexOf('=');
    return at > 0 ? [[word.slice(0, at), word.slice(at + 1)]] : [];
  });
  // A colon within brackets is a range's.
  const [, pattern = first, port] = /^((?:[^[\]:]|\[[^\]]*\])+):(\d+)$/.exec(first) ?? [];
  const own = port === undefined ? variables : [['ansible_port', port] as const, ...variables];
  for (const host of expanded(pattern)) inventory.addHost(host, group, own);
}

/** Words as a shell would part them, up to a comment; undefined where a quote is not closed. */
function wordsOf(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let rest = line;
  while (rest !== '' && !rest.startsWith('#')) {
    const word = /^(?:[^\s'"]|'[^']*'|"[^"]*")+/.exec(rest)?.[0];
    if (word === undefined) return undefined;
    words.push(word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
    rest = rest.slice(word.length).trimStart();
  }
  return words;
}

function unquoted(value: string): string {
  return /^(['"])(.*)\1$/.exec(value)?.[2] ?? value.replace(/\s+#.*$/, '');
}

/** `web[01:20].example.com`, `db-[a:f]`, `[0:10:2]`: every host that a pattern stands for. */
function expanded(pattern: string): readonly string[] {
  const range = /^(.*?)\[(\d+|[a-zA-Z]):(\d+|[a-zA-Z])(?::(\d+))?\](.*)$/.exec(pattern);
  if (!range) return [pattern];
  const [, before = '', first = '', last = '', step = '1', after = ''] = range;
  return steps(first, last, Number(step)).flatMap((part) => expanded(after).map((rest) => `${before}${part}${rest}`));
}

function steps(first: string, last: string, step: number): readonly string[] {
  const isNumber = /^\d+$/.test(first) && /^\d+$/.test(last);
  const [from, to] = isNumber ? [Number(first), Number(last)] : [first.charCodeAt(0), last.charCodeAt(0)];
  const count = step === 0 || to < from ? 0 : Math.floor((to - from) / step) + 1;
  if (count === 0 || count > maxHosts)
    throw configInvalid([`[${first}:${last}] is not a range of at most ${maxHosts} hosts`]);
  return Array.from({ length: count }, (_, at) => {
    const value = from + at * step;
    return isNumber ? String(value).padStart(first.length, '0') : String.fromCharCode(value);
  });
}
