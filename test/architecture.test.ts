import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeSource, sourceFilesIn, type SourceFile } from './fixtures/source-files.ts';

/** The rooms that hold what the gateway is about. Storage is not one: compose opens it and hands it to them. */
const domains = [
  'approvals',
  'audit',
  'changes',
  'gateway',
  'hosts',
  'identity',
  'jobs',
  'limits',
  'locks',
  'outputs',
  'policy',
  'secrets',
  'ssh',
  'tools',
];

/** The rooms of `src/`, what each is for, and which others it may import. What is not listed may not be imported. */
const rooms: Readonly<Record<string, { readonly is: string; readonly mayImport: readonly string[] }>> = {
  base: { is: 'brand, errors, log, secret', mayImport: [] },
  config: { is: 'schema, load; the only reader of the environment', mayImport: ['base'] },
  hosts: { is: 'the inventory and the files it is read from', mayImport: ['base'] },
  identity: { is: 'who is calling', mayImport: ['base'] },
  changes: { is: 'what was altered, and what it was before', mayImport: ['base', 'hosts', 'identity'] },
  outputs: { is: 'kept output of commands', mayImport: ['base', 'identity'] },
  jobs: { is: 'commands that outlive their calls', mayImport: ['base', 'hosts', 'identity'] },
  locks: { is: 'what operators have locked', mayImport: ['base', 'identity'] },
  limits: { is: 'how much a caller may ask for', mayImport: ['base', 'identity'] },
  policy: { is: 'what may run; the only maker of permits', mayImport: ['base', 'hosts', 'identity'] },
  approvals: {
    is: 'questions to people, and their answers',
    mayImport: ['audit', 'base', 'hosts', 'identity', 'policy'],
  },
  audit: { is: 'what was meant and what became of it', mayImport: ['base', 'identity', 'policy'] },
  secrets: { is: 'secrets that commands and files refer to', mayImport: ['base', 'hosts', 'identity', 'policy'] },
  ssh: { is: 'connections, commands and files on hosts', mayImport: ['base', 'changes', 'hosts', 'policy'] },
  tools: {
    is: 'what agents see',
    mayImport: ['base', 'changes', 'hosts', 'identity', 'jobs', 'outputs', 'policy', 'secrets', 'ssh'],
  },
  gateway: {
    is: 'the pipeline',
    mayImport: domains.filter((room) => room !== 'gateway').concat('base'),
  },
  storage: {
    is: 'the databases, behind the store interfaces of the domains',
    mayImport: [
      'approvals',
      'audit',
      'base',
      'changes',
      'hosts',
      'identity',
      'jobs',
      'limits',
      'oauth',
      'outputs',
      'policy',
    ],
  },
  metrics: {
    is: 'figures of what the process does',
    mayImport: ['approvals', 'audit', 'base', 'gateway', 'ssh'],
  },
  mcp: { is: 'the protocol, both eras', mayImport: ['approvals', 'base', 'gateway', 'identity', 'policy', 'tools'] },
  console: { is: 'the pages for people', mayImport: ['approvals', 'base', 'identity'] },
  oauth: { is: 'the authorization server, and the access tokens it makes', mayImport: ['base', 'console', 'identity'] },
  http: { is: 'the listener, health, shutdown', mayImport: ['base', 'console', 'identity', 'mcp'] },
  cli: {
    is: 'the command line',
    mayImport: ['base', 'config', 'compose.ts', 'compose-stores.ts', 'console', 'http', 'mcp', 'oauth', ...domains],
  },
};

/** Files beside the rooms. `compose.ts` is the only one that knows every room. */
const besideTheRooms: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['base', 'cli', 'compose.ts', 'config'],
  'compose.ts': [
    'compose-oauth.ts',
    'compose-observe.ts',
    'compose-settings.ts',
    'compose-stores.ts',
    ...Object.keys(rooms).filter((room) => room !== 'cli'),
  ],
  'compose-observe.ts': ['audit', 'base', 'compose-stores.ts', 'config', 'metrics', 'storage', 'tools'],
  'compose-settings.ts': ['audit', 'config', 'console', 'hosts', 'identity', 'limits', 'tools'],
  'compose-oauth.ts': ['base', 'compose-stores.ts', 'config', 'identity', 'oauth'],
  'compose-stores.ts': [
    'approvals',
    'audit',
    'base',
    'changes',
    'config',
    'identity',
    'jobs',
    'limits',
    'oauth',
    'storage',
  ],
};

/** The rooms that a dependency has its door in. Whoever wants it elsewhere asks the room. */
const doors: Readonly<Record<string, readonly string[]>> = {
  ssh2: ['ssh'],
  'node:sqlite': ['storage'],
  kysely: ['storage'],
  pg: ['storage'],
  '@modelcontextprotocol/server': ['mcp'],
  hono: ['console', 'http', 'mcp', 'oauth'],
  '@hono/node-server': ['http', 'oauth'],
  'oidc-provider': ['oauth'],
  'openid-client': ['oauth'],
  commander: ['cli'],
  '@clack/prompts': ['cli'],
  pino: ['base'],
  'node:child_process': ['hosts', 'secrets', 'ssh'],
};

const bannedFolders = ['common', 'core', 'helpers', 'lib', 'managers', 'services', 'shared', 'utils'];
const maxLines = 400;

const sources = sourceFilesIn('src');

/** `ssh` for `src/ssh/pool.ts`, `main.ts` for `src/main.ts`; undefined outside `src/`. */
function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)/.exec(path)?.[1];
}

/** What a file imports that it may not, as `from → to`. */
function forbiddenImports({ path, imports }: SourceFile): readonly string[] {
  const room = roomOf(path) ?? '';
  const allowed = new Set([room, ...(rooms[room]?.mayImport ?? besideTheRooms[room] ?? [])]);
  return imports
    .filter((imported) => {
      const target = roomOf(imported);
      return target === undefined ? /^(\.\.|test\/|scripts\/|bench\/)/.test(imported) : !allowed.has(target);
    })
    .map((imported) => `${path} → ${imported}`);
}

function throughTheWall({ path, imports }: SourceFile): readonly string[] {
  const isOf = (imported: string, name: string): boolean => imported === name || imported.startsWith(`${name}/`);
  return Object.entries(doors)
    .filter(([, allowed]) => !allowed.includes(roomOf(path) ?? ''))
    .flatMap(([dependency]) =>
      imports.filter((imported) => isOf(imported, dependency)).map((imported) => `${path} → ${imported}`),
    );
}

describe('the rooms of src/', () => {
  it('are all in the table', () => {
    const known = new Set([...Object.keys(rooms), ...Object.keys(besideTheRooms)]);
    expect(sources.map(({ path }) => roomOf(path)).filter((room = '') => !known.has(room))).toEqual([]);
  });

  it('import nothing but what the table lets them', () => {
    expect(sources.flatMap(forbiddenImports)).toEqual([]);
  });

  it('leave every dependency to the room that has its door', () => {
    expect(sources.flatMap(throughTheWall)).toEqual([]);
  });

  it('leave the making of permits to policy', () => {
    const makers = [...sources, ...sourceFilesIn('scripts')].filter(({ importedNames }) =>
      importedNames.has('issuePermit'),
    );
    expect(makers.filter(({ path }) => roomOf(path) !== 'policy').map(({ path }) => path)).toEqual([]);
  });

  it('leave the confirming of what people approved to approvals', () => {
    const makers = sources.filter(({ importedNames }) => importedNames.has('confirmApproval'));
    expect(makers.filter(({ path }) => roomOf(path) !== 'approvals').map(({ path }) => path)).toEqual([]);
  });

  it('leave the environment to config; main.ts hands it over', () => {
    const readers = sources.filter(({ readsEnvironment }) => readsEnvironment).map(({ path }) => path);
    expect(readers.filter((path) => roomOf(path) !== 'config' && path !== 'src/main.ts')).toEqual([]);
  });

  it('have no barrel files: what a file exports is its own', () => {
    expect(sources.filter(({ reExports }) => reExports).map(({ path }) => path)).toEqual([]);
  });
});

describe('the files', () => {
  const all = [...sources, ...sourceFilesIn('test', 'scripts')];

  it(`are at most ${maxLines} lines long`, () => {
    expect(all.filter(({ lines }) => lines > maxLines).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });

  it('are in folders that say what they are about', () => {
    const folders = new Set(all.flatMap(({ path }) => path.split('/').slice(0, -1)));
    expect(bannedFolders.filter((name) => folders.has(name))).toEqual([]);
  });

  it('never say "session" alone: it is an McpSession or a LoginSession', () => {
    const alone = /^sessions?$/i;
    const names = sources.flatMap(({ path, declaredNames }) =>
      [basename(path, '.ts'), ...declaredNames].filter((name) => alone.test(name)).map((name) => `${path}: ${name}`),
    );
    expect(names).toEqual([]);
  });
});

describe('this test', () => {
  const described = describeSource(
    'src/base/sample.ts',
    [
      `import { a as b } from '../ssh/a.ts';`,
      `import type { B } from '../hosts/b.ts';`,
      `import '../mcp/c.ts';`,
      `export { d } from '../cli/d.ts';`,
      `const e = await import('../http/e.ts');`,
      `type F = import('../storage/f.ts').F;`,
      `import pg from 'pg/lib/client';`,
      `import { g } from '../../test/g.ts';`,
      `class Session {}`,
    ].join('\n'),
  );

  it('sees every way to import', () => {
    const targets = ['ssh/a', 'hosts/b', 'mcp/c', 'cli/d', 'http/e', 'storage/f'].map((name) => `src/${name}.ts`);
    const forbidden = [...targets, 'test/g.ts'].map((target) => `src/base/sample.ts → ${target}`);
    expect(forbiddenImports(described)).toEqual(forbidden);
    expect(throughTheWall(described)).toEqual(['src/base/sample.ts → pg/lib/client']);
    expect(described).toMatchObject({ reExports: true, declaredNames: ['F', 'Session'], lines: 8 });
    expect([...described.importedNames]).toEqual(['a', 'B', 'g']);
  });

  it.each(['process.env.HOME', `process['env']`, 'const { env } = process', `import { env } from 'node:process'`])(
    'sees the environment read by: %s',
    (text) => {
      expect(describeSource('src/base/sample.ts', text).readsEnvironment).toBe(true);
    },
  );
});
