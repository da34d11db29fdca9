import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, type Finished } from '../fixtures/run.ts';

const launcher = fileURLToPath(new URL('../../bin/sallyport', import.meta.url));
const arch = process.arch === 'arm64' ? 'arm64' : 'x64';

/** Prints what the launcher started, and with what. */
const printsItself = `console.log(JSON.stringify([process.argv[1], ...process.argv.slice(2), process.env.STARTED_BY]));`;

let directory: string;
/** A PATH with what the launcher uses and no Node. */
let tools: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport launcher '));
  tools = join(directory, 'tools');
  await mkdir(tools);
  for (const name of ['uname', 'readlink', 'dirname']) await symlink(`/usr/bin/${name}`, join(tools, name));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A program that says it is Node `version`, and on anything but `--version` runs the real one. */
async function putNode(path: string, version: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const script = `#!/bin/sh\n[ "$1" = --version ] && { echo ${version}; exit 0; }\nSTARTED_BY=${version} exec '${process.execPath}' "$@"\n`;
  await writeFile(path, script);
  await chmod(path, 0o755);
}

/** A folder that has the launcher and `files`, as a clone or a package has them. */
async function aCopyWith(name: string, files: readonly string[]): Promise<string> {
  const root = join(directory, name);
  await mkdir(join(root, 'bin'), { recursive: true });
  await copyFile(launcher, join(root, 'bin/sallyport'));
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  for (const file of files) {
    await mkdir(join(root, file, '..'), { recursive: true });
    await writeFile(join(root, file), printsItself);
  }
  return root;
}

async function start(program: string, { path = tools, cwd = '/', args = [] as readonly string[] }): Promise<Finished> {
  return run(program, args, { cwd, env: { PATH: path } });
}

describe('the launcher', () => {
  it('starts src/main.ts on the Node of node_modules, handing over the arguments as they are', async () => {
    const root = await aCopyWith('clone', ['src/main.ts', 'dist/sallyport.js']);
    await putNode(join(root, `node_modules/node-linux-${arch}/bin/node`), 'v24.21.0');
    const { stdout, status } = await start(join(root, 'bin/sallyport'), { args: ['run', 'a b', '', '--', "$x'"] });
    expect({ status, started: JSON.parse(stdout) }).toEqual({
      status: 0,
      started: [join(root, 'src/main.ts'), 'run', 'a b', '', '--', "$x'", 'v24.21.0'],
    });
  });

  it('starts the bundle where there is no source', async () => {
    const root = await aCopyWith('package', ['dist/sallyport.js']);
    await putNode(join(root, `node_modules/node-linux-${arch}/bin/node`), 'v24.21.0');
    const { stdout } = await start(join(root, 'bin/sallyport'), {});
    expect(stdout).toContain('dist/sallyport.js');
  });

  it('finds its folder through symlinks, relative ones too, from any working directory', async () => {
    const root = await aCopyWith('linked', ['src/main.ts']);
    await putNode(join(root, `node_modules/node-linux-${arch}/bin/node`), 'v24.21.0');
    await mkdir(join(directory, 'links'));
    await symlink('../linked/bin/sallyport', join(directory, 'links/first'));
    await symlink(join(directory, 'links/first'), join(directory, 'links/second'));
    for (const program of [join(directory, 'links/second'), './second']) {
      const { stdout } = await start(program, { cwd: join(directory, 'links') });
      expect(stdout).toContain(join(root, 'src/main.ts'));
    }
  });

  it.each(['v22.18.0', 'v24.0.0'])('without a Node of its own starts on %s from PATH', async (version) => {
    const root = await aCopyWith(`bare ${version}`, ['src/main.ts']);
    await putNode(join(root, 'elsewhere/node'), version);
    const { stdout } = await start(join(root, 'bin/sallyport'), { path: `${root}/elsewhere:${tools}` });
    expect(stdout).toContain(version);
  });

  it.each(['v22.17.9', 'v20.20.2', 'nonsense'])('refuses %s with one line that says what to do', async (version) => {
    const root = await aCopyWith(`bare ${version}`, ['src/main.ts']);
    await putNode(join(root, 'elsewhere/node'), version);
    const finished = await start(join(root, 'bin/sallyport'), { path: `${root}/elsewhere:${tools}` });
    expect(finished).toMatchObject({ status: 78, stdout: '' });
    expect(finished.stderr.trim().split('\n')).toHaveLength(1);
    expect(finished.stderr).toContain(`needs Node 22.18 or newer, not ${version} in`);
    expect(finished.stderr).toContain('npm ci');
  });

  it('passes over an old Node on PATH when a newer one comes after it', async () => {
    const root = await aCopyWith('two', ['src/main.ts']);
    await putNode(join(root, 'old/node'), 'v18.0.0');
    await putNode(join(root, 'new/node'), 'v22.20.0');
    const { stdout } = await start(join(root, 'bin/sallyport'), { path: `${root}/old:${root}/new:${tools}` });
    expect(stdout).toContain('v22.20.0');
  });

  it('never starts a node, a main or anything else out of the working directory', async () => {
    const root = await aCopyWith('safe', ['src/main.ts']);
    await putNode(join(root, 'new/node'), 'v22.20.0');
    const hostile = await aCopyWith('hostile', ['src/main.ts', 'dist/sallyport.js', '.env', 'main.ts']);
    await putNode(join(hostile, 'node'), 'v99.0.0');
    await putNode(join(hostile, `node_modules/node-linux-${arch}/bin/node`), 'v99.0.0');
    for (const program of ['uname', 'readlink', 'dirname']) await putNode(join(hostile, program), 'v99.0.0');
    for (const path of [`${root}/new:${tools}`, `.:${root}/new:${tools}`, `:${root}/new::${tools}:.`]) {
      const { stdout } = await start(join(root, 'bin/sallyport'), { cwd: hostile, path });
      expect(JSON.parse(stdout)).toEqual([join(root, 'src/main.ts'), 'v22.20.0']);
    }
  });
});
