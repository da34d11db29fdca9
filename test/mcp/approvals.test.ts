import { Client } from '@modelcontextprotocol/client';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { listen } from '../../src/cli/listen.ts';
import type { HttpListener } from '../../src/http/listen.ts';
import { aPerson } from '../fixtures/approvals.ts';
import { aGateway, fullRights, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const asker = 'tok_2c3d4e5f60718293a4b5c6d7e8f90112';
const neighbour = 'tok_3d4e5f60718293a4b5c6d7e8f9011223';
const trusted = { ...fullRights, profile: 'trusted' };
const tokens = { [asker]: { ...trusted, name: 'asker' }, [neighbour]: { ...trusted, name: 'neighbour' } };
const version = '2026-07-28';

let sshd: Sshd;
let gateway: TestGateway;
let listener: HttpListener;
beforeAll(async () => {
  sshd = await startSshd();
  gateway = await aGateway(sshd, { tokens });
  await gateway.write('policy.yaml', 'version: 1\nroles: { trusted: { extends: standard, clientMayConfirm: true } }\n');
  await gateway.write('tokens.json', { tokens });
  const { policy } = gateway.running.gateway;
  await vi.waitUntil(() => policy.clientMayConfirm({ profile: 'trusted' }) === true, 15_000);
  listener = await listen({ ...gateway.config, port: 0 }, gateway.running, silentLog);
});
afterAll(async () => {
  await listener.close({ graceMs: 0 });
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

let made = 0;
function aTree() {
  made += 1;
  const path = join(gateway.directory, `tree-${made}`);
  mkdirSync(path);
  return { command: `rm -rf ${path}`, isGone: () => !existsSync(path) };
}

interface Sent {
  readonly command: string;
  readonly token?: string;
  readonly tool?: string;
  readonly more?: object;
  readonly arguments?: object;
}
type Json = Record<string, unknown>;

/** One request of the modern era, from a client that shows forms. */
async function send({ command, token = asker, tool = 'execute_command', more = {}, ...rest }: Sent): Promise<Json> {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
  };
  const params = { name: tool, arguments: { server: 'web-1', command, ...rest.arguments }, _meta: meta, ...more };
  const response = await fetch(`${listener.url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': version,
      'mcp-method': 'tools/call',
      'mcp-name': tool,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  return (await response.json()) as Json;
}
const accepted = (requestState: unknown, action = 'accept') => ({
  requestState,
  inputResponses: { approve: { action, content: {} } },
});
async function asked(sent: Sent): Promise<{ readonly state: string; readonly id: string }> {
  const { result } = (await send(sent)) as { result: Json };
  expect(result).toMatchObject({
    resultType: 'input_required',
    inputRequests: { approve: { method: 'elicitation/create', params: { mode: 'form' } } },
  });
  const pending = await gateway.running.gateway.approvals.pending();
  const approval = pending.find(({ question }) => question.steps[0]?.about === sent.command);
  return { state: String(result['requestState']), id: approval?.id ?? '' };
}
const refused = { error: { code: -32602, message: expect.stringContaining('requestState') } };
const code = (answer: Json): unknown => (answer['result'] as { structuredContent?: Json })?.structuredContent?.['code'];

/** A client of the older era that can show a question. */
function elicitingClient(name: string): Client {
  return new Client(
    { name, version: '1' },
    { versionNegotiation: { mode: 'legacy' }, capabilities: { elicitation: {} } },
  );
}

async function connected(client: Client): Promise<void> {
  const requestInit = { headers: { authorization: `Bearer ${asker}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${listener.url}/mcp`), { requestInit }));
}

describe('the state that a client carries from the question to its answer', () => {
  it('lets the call run once, with the answer', async () => {
    const tree = aTree();
    const { state } = await asked({ command: tree.command });
    expect(await send({ command: tree.command, more: accepted(state) })).toMatchObject({
      result: { structuredContent: { exit_code: 0 } },
    });
    expect(tree.isGone()).toBe(true);
    expect(code(await send({ command: tree.command, more: accepted(state) }))).toBe('approval_used');
  });

  it('tells a client without an answer that it must wait, and is over once a person declined', async () => {
    const tree = aTree();
    const { state } = await asked({ command: tree.command });
    expect(code(await send({ command: tree.command, more: { requestState: state } }))).toBe('approval_required');
    expect(code(await send({ command: tree.command, more: accepted(state, 'cancel') }))).toBe('approval_required');
    expect(code(await send({ command: tree.command, more: accepted(state, 'decline') }))).toBe('approval_declined');
    expect(code(await send({ command: tree.command, more: accepted(state) }))).toBe('approval_declined');
    expect(tree.isGone()).toBe(false);
  });

  it('is refused where a byte of it was changed, cut off or put to it', async () => {
    const tree = aTree();
    const { state } = await asked({ command: tree.command });
    const bytes = Buffer.from(state, 'base64url');
    const flipped = Array.from(bytes.keys(), (at) => {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy.toString('base64url');
    });
    const others = [
      `${state}A`,
      `${state}=`,
      `${state} `,
      state.slice(1),
      state.slice(0, -1),
      '',
      'x',
      'A'.repeat(5_000),
    ];
    for (const one of [...flipped, ...others]) {
      const opened = await gateway.running.gateway.approvals.states.open(one, await ownerOf(state));
      expect(opened).toBeUndefined();
    }
    for (const one of [flipped[0], flipped.at(-1), ...others.slice(0, 3)]) {
      expect(await send({ command: tree.command, more: accepted(one) })).toMatchObject(refused);
    }
    expect(tree.isGone()).toBe(false);
  });

  it('is refused from another caller, and for another tool', async () => {
    const tree = aTree();
    const { state } = await asked({ command: tree.command });
    expect(await send({ command: tree.command, token: neighbour, more: accepted(state) })).toMatchObject(refused);
    expect(await send({ command: tree.command, tool: 'explain_command', more: accepted(state) })).toMatchObject(
      refused,
    );
    expect(tree.isGone()).toBe(false);
  });

  it('lets no other call run: that one is asked about by itself', async () => {
    const [tree, other] = [aTree(), aTree()];
    const { state, id } = await asked({ command: tree.command });
    for (const more of [{ command: other.command }, { command: tree.command, arguments: { timeout: 7 } }]) {
      expect(await send({ ...more, more: accepted(state) })).toMatchObject({
        result: { resultType: 'input_required' },
      });
    }
    expect(await gateway.running.gateway.approvals.find(id)).toMatchObject({ state: 'pending' });
    expect([tree.isGone(), other.isGone()]).toEqual([false, false]);
  });

  it('is given out three times for a question: nobody is asked until he says yes', async () => {
    const { command } = aTree();
    for (let times = 0; times < 3; times += 1) {
      const { state } = await asked({ command });
      expect(code(await send({ command, more: accepted(state, 'cancel') }))).toBe('approval_required');
    }
    expect(code(await send({ command }))).toBe('approval_required');
  });

  it('is not believed where policy does not let that client decide', async () => {
    const tree = aTree();
    const { state, id } = await asked({ command: tree.command });
    const policy = vi.spyOn(gateway.running.gateway.policy, 'clientMayConfirm').mockReturnValue(false);
    expect(code(await send({ command: tree.command, more: accepted(state) }))).toBe('approval_required');
    policy.mockRestore();
    expect(await gateway.running.gateway.approvals.find(id)).toMatchObject({ state: 'pending' });
    expect(tree.isGone()).toBe(false);
  });

  const ownerOf = async (state: string) => {
    const { principal } = gateway.running.gateway.authenticate({ kind: 'bearer', token: asker });
    const owner = { principal, tool: 'execute_command' };
    expect(await gateway.running.gateway.approvals.states.open(state, owner)).toMatch(/^apr_/);
    return owner;
  };
});

describe('a call that waits for a person', { timeout: 40_000 }, () => {
  const decide = (id: string, decision: 'approve' | 'decline') =>
    gateway.running.gateway.approvals.decide(id, { by: aPerson, decision });

  it('goes on once it is decided elsewhere, where it names what it waits for', async () => {
    for (const [decision, expected] of [
      ['approve', undefined],
      ['decline', 'approval_declined'],
    ] as const) {
      const tree = aTree();
      const { id } = await asked({ command: tree.command });
      const startedMs = performance.now();
      const waiting = send({ command: tree.command, arguments: { approval_id: id, wait: 30 }, more: noForms });
      await sleep(300);
      await decide(id, decision);
      expect(code(await waiting)).toBe(expected);
      expect(performance.now() - startedMs).toBeLessThan(25_000);
      expect(tree.isGone()).toBe(decision === 'approve');
    }
  });

  it('answers in the time that it was given where nobody decides, and holds up nobody else', async () => {
    const { command } = aTree();
    const { id } = await asked({ command });
    const waiting = Array.from({ length: 70 }, () =>
      send({ command, arguments: { approval_id: id, wait: 2 }, more: noForms }),
    );
    expect(await send({ command: 'true' })).toMatchObject({ result: { structuredContent: { exit_code: 0 } } });
    expect(new Set((await Promise.all(waiting)).map(code))).toEqual(new Set(['approval_required']));
  });

  it('goes on while its client still shows the question, when somebody else decides', async () => {
    const tree = aTree();
    const shown = Promise.withResolvers<void>();
    const client = elicitingClient('slow');
    client.setRequestHandler('elicitation/create', async () => {
      shown.resolve();
      return await new Promise<never>(() => undefined);
    });
    await connected(client);
    const call = client.callTool({ name: 'execute_command', arguments: { server: 'web-1', command: tree.command } });
    await shown.promise;
    const pending = await gateway.running.gateway.approvals.pending();
    const approval = pending.find(({ question }) => question.steps[0]?.about === tree.command);
    await decide(approval?.id ?? '', 'approve');
    expect(await call).toMatchObject({ structuredContent: { exit_code: 0 } });
    expect(tree.isGone()).toBe(true);
    await client.close();
  });

  it('is asked once for calls that are made at once', async () => {
    const tree = aTree();
    const answer = Promise.withResolvers<{ action: 'decline' }>();
    const shown: string[] = [];
    const client = elicitingClient('eager');
    client.setRequestHandler('elicitation/create', ({ params }) => {
      shown.push(params.message);
      return answer.promise;
    });
    await connected(client);
    const call = { name: 'execute_command', arguments: { server: 'web-1', command: tree.command } };
    const calls = Array.from({ length: 5 }, () => client.callTool(call));
    const first = (await Promise.race(calls)).structuredContent;
    expect(first).toMatchObject({ code: 'approval_required' });
    await vi.waitFor(() => expect(shown).toHaveLength(1), 15_000);
    answer.resolve({ action: 'decline' });
    const codes = (await Promise.all(calls)).map(({ structuredContent }) => (structuredContent as Json)['code']);
    expect(codes.filter((one) => one === 'approval_declined')).toHaveLength(1);
    expect(codes.filter((one) => one === 'approval_required')).toHaveLength(4);
    expect(shown).toHaveLength(1);
    await client.close();
  });

  it('leaves the question open when its client goes away while it is asked', async () => {
    const tree = aTree();
    const shown = Promise.withResolvers<void>();
    const client = elicitingClient('leaving');
    client.setRequestHandler('elicitation/create', async () => {
      shown.resolve();
      return await new Promise<never>(() => undefined);
    });
    await connected(client);
    const call = client.callTool({ name: 'execute_command', arguments: { server: 'web-1', command: tree.command } });
    const gone = call.then(
      () => 'answered',
      () => 'gone',
    );
    await shown.promise;
    await client.close();
    expect(await gone).toBe('gone');
    await sleep(700);
    const pending = await gateway.running.gateway.approvals.pending();
    expect(pending.filter(({ question }) => question.steps[0]?.about === tree.command)).toHaveLength(1);
    expect(tree.isGone()).toBe(false);
  });

  const noForms = {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': version,
      'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  };
});
