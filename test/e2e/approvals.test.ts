import { Client, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as SseV1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anInstallation, launcher, type Installation, type Served } from '../fixtures/installation.ts';
import { fullRights, fullToken } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const who = { name: 'e2e', version: '1' };
/** Asks its agent's person, as the policy below lets it. */
const confirming = 'tok_2c3d4e5f60718293a4b5c6d7e8f90112';
const policy = 'version: 1\nroles: { trusted: { extends: standard, clientMayConfirm: true } }\n';

type Action = 'accept' | 'decline' | 'cancel';
interface AnyClient {
  callTool(call: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}
/** What the person at the client was shown, and does. */
interface Person {
  readonly shown: string[];
  does: () => Promise<Action>;
}

let sshd: Sshd;
let team: Installation;
let personal: Installation;
let served: Served;
const open: AnyClient[] = [];

beforeAll(async () => {
  sshd = await startSshd();
  const standard = { ...fullRights, profile: 'standard' };
  const tokens = { [fullToken]: standard, [confirming]: { ...fullRights, name: 'confirming', profile: 'trusted' } };
  team = anInstallation(sshd, { 'tokens.json': { tokens } });
  team.write('policy.yaml', policy);
  personal = anInstallation(sshd);
  served = await team.serve();
});
afterEach(async () => {
  for (const client of open.splice(0)) await client.close();
});
afterAll(async () => {
  await team[Symbol.asyncDispose]();
  await personal[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

const elicitation = { capabilities: { elicitation: {} } };

function v2(mode: 'auto' | 'legacy', person: Person | undefined): Client {
  const client = new Client(who, { versionNegotiation: { mode }, ...(person && elicitation) });
  if (person) {
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      person.shown.push(params.message);
      return { action: await person.does(), content: {} };
    });
  }
  open.push(client);
  return client;
}
function v1(person: Person | undefined): ClientV1 {
  const client = new ClientV1(who, person ? elicitation : {});
  if (person) {
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      person.shown.push(params.message);
      return { action: await person.does(), content: {} };
    });
  }
  open.push(client);
  return client;
}
const http = (token: string) => ({ requestInit: { headers: { authorization: `Bearer ${token}` } } });
const stdio = () => ({
  command: launcher,
  args: ['stdio'],
  env: personal.environment as Record<string, string>,
  cwd: personal.directory,
  stderr: 'ignore' as const,
});
const mcp = () => new URL(`${served.url}/mcp`);
const sse = () => new URL(`${served.url}/sse`);

type Connect = (person: Person | undefined, token: string) => Promise<AnyClient>;
async function connected<C extends AnyClient, T>(client: C & { connect(to: T): Promise<void> }, to: T): Promise<C> {
  await client.connect(to);
  return client;
}
const connections: Readonly<Record<string, Connect>> = {
  'the v2 client of the modern era over HTTP': (person, token) =>
    connected(v2('auto', person), new StreamableHTTPClientTransport(mcp(), http(token))),
  'the v2 client of the legacy era over HTTP': (person, token) =>
    connected(v2('legacy', person), new StreamableHTTPClientTransport(mcp(), http(token))),
  'the v1 client over HTTP': (person, token) => connected(v1(person), new HttpV1(mcp(), http(token)) as never),
  'the v1 client over HTTP+SSE': (person, token) => connected(v1(person), new SseV1(sse(), http(token))),
  'the v2 client over HTTP+SSE': (person, token) =>
    connected(v2('legacy', person), new SSEClientTransport(sse(), http(token))),
  'the v2 client over stdio': (person) => connected(v2('auto', person), new StdioClientTransport(stdio())),
  'the v1 client over stdio': (person) => connected(v1(person), new StdioV1(stdio())),
};

let made = 0;
function aTree() {
  made += 1;
  const path = join(personal.directory, `tree-${made}`);
  mkdirSync(path);
  const call = (more: object = {}) => ({
    name: 'execute_command',
    arguments: { server: 'web-1', command: `rm -rf ${path}`, ...more },
  });
  return { path, call, isGone: () => !existsSync(path) };
}
const structured = async (call: Promise<unknown>): Promise<Record<string, unknown>> =>
  ((await call) as { structuredContent: Record<string, unknown> }).structuredContent;

describe.each(Object.entries(connections))('%s', { timeout: 60_000 }, (name, connect) => {
  it('has its person asked: accepted, declined and dismissed are three outcomes', async () => {
    const person: Person = { shown: [], does: async () => 'accept' };
    const client = await connect(person, confirming);
    const accepted = aTree();
    expect(await structured(client.callTool(accepted.call()))).toMatchObject({ exit_code: 0 });
    expect(accepted.isGone()).toBe(true);
    expect(person.shown).toHaveLength(1);
    expect(person.shown[0]).toContain(`    | rm -rf ${accepted.path}\n`);
    expect(person.shown[0]).toContain('builtin:destructive');
    for (const [action, code] of [
      ['decline', 'approval_declined'],
      ['cancel', 'approval_required'],
    ] as const) {
      person.does = async () => action;
      const tree = aTree();
      expect(await structured(client.callTool(tree.call()))).toMatchObject({ code, ran: 'not_started' });
      expect(tree.isGone()).toBe(false);
    }
  });

  it('is told at once what to do where it cannot ask', async () => {
    const tree = aTree();
    const client = await connect(undefined, confirming);
    const result = await structured(client.callTool(tree.call()));
    expect(result).toMatchObject({
      code: 'approval_required',
      approval_id: expect.stringMatching(/^apr_/),
      expires_at: expect.stringMatching(/Z$/),
      rule: 'builtin:destructive',
      next_call: tree.call({ approval_id: result['approval_id'] }),
    });
  });

  it.skipIf(name.includes('stdio'))('is not asked where policy does not let its person decide', async () => {
    const tree = aTree();
    const person: Person = { shown: [], does: async () => 'accept' };
    const client = await connect(person, fullToken);
    expect(await structured(client.callTool(tree.call()))).toMatchObject({ code: 'approval_required' });
    expect(person.shown).toEqual([]);
    expect(tree.isGone()).toBe(false);
  });
});
