import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { scopes } from '../../src/identity/caller.ts';
import { ToolLists } from '../../src/mcp/tool-list.ts';
import type { Action } from '../../src/policy/action.ts';
import { toolsets } from '../../src/tools/index.ts';
import type { JsonObject, Tool } from '../../src/tools/tool.ts';
import { aJob } from '../fixtures/a-job.ts';
import type { Change } from '../../src/changes/change.ts';
import { Policy } from '../../src/policy/policy.ts';
import { aCaller, anInventory } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const tools: readonly Tool[] = [...toolsets.core, ...toolsets['ssh-mcp-server']];

/** For every tool, a call of it: with what is required, and the actions it must declare. */
const samples: Readonly<Record<string, { readonly input: JsonObject; readonly actions: readonly unknown[] }>> = {
  list_servers: { input: {}, actions: [{ kind: 'list_hosts' }] },
  get_system_info: { input: { server: 'web-1' }, actions: [{ kind: 'gather_facts', host: 'web-1' }] },
  execute_command: {
    input: { server: 'web-1', command: 'ls\n' },
    actions: [{ kind: 'run_command', host: 'web-1', command: 'ls\n' }],
  },
  get_job: { input: {}, actions: [{ kind: 'list_jobs' }] },
  cancel_job: {
    input: { job_id: 'job_1' },
    actions: [
      { kind: 'cancel_job', host: 'web-1', job: aJob().id },
      { kind: 'read_job', host: 'web-1', job: aJob().id },
    ],
  },
  read_output: { input: {}, actions: [{ kind: 'list_kept_outputs' }] },
  read_file: {
    input: { server: 'web-1', file_path: '/etc/hosts' },
    actions: [{ kind: 'read_path', host: 'web-1', path: '/etc/hosts' }],
  },
  write_file: {
    input: { server: 'web-1', file_path: 'a b', contents: '' },
    actions: [{ kind: 'write_path', host: 'web-1', path: 'a b' }],
  },
  execute_on_multiple: {
    input: { servers: ['web-*', '!web-3'], command: 'ls\n' },
    actions: [
      { kind: 'run_command', host: 'web-1', command: 'ls\n' },
      { kind: 'run_command', host: 'web-2', command: 'ls\n' },
    ],
  },
  check_service_status: {
    input: { server: 'web-1', service_name: 'nginx' },
    actions: [
      {
        kind: 'check_service',
        host: 'web-1',
        service: 'nginx',
        plain: ['systemctl status nginx', 'rc-service nginx status', 'service nginx status'],
        command: expect.stringMatching(/^exec sh -c '[^']*' sh nginx$/),
      },
    ],
  },
  install_package: {
    input: { server: 'web-1', package_name: 'nginx' },
    actions: [
      { kind: 'install_package', host: 'web-1', package: 'nginx', manager: 'auto', plain: [] },
      { kind: 'find_package_manager', host: 'web-1', package: 'nginx' },
    ],
  },
  manage_service: {
    input: { server: 'web-1', service_name: 'nginx', action: 'restart' },
    actions: [
      {
        kind: 'manage_service',
        host: 'web-1',
        service: 'nginx',
        verb: 'restart',
        plain: ['systemctl restart nginx', 'rc-service nginx restart', 'service nginx restart'],
      },
    ],
  },
  transfer_file: {
    input: { from_server: 'web-1', from_path: '/srv/a', to_path: 'a' },
    actions: [
      { kind: 'read_path', host: 'web-1', path: '/srv/a', tree: true },
      { kind: 'write_gateway_file', path: 'a' },
    ],
  },
  read_logs: {
    input: { server: 'web-1', unit: 'nginx' },
    actions: [
      {
        kind: 'read_journal',
        host: 'web-1',
        query: { unit: 'nginx', lines: 100 },
        plain: ['journalctl -u nginx -n 100'],
      },
    ],
  },
  edit_file: {
    input: { server: 'web-1', file_path: '/srv/a', old_text: 'a', new_text: 'b' },
    actions: [
      { kind: 'write_path', host: 'web-1', path: '/srv/a' },
      { kind: 'read_path', host: 'web-1', path: '/srv/a' },
    ],
  },
  find_files: {
    input: { server: 'web-1', path: '/srv', name: '*.log', contains: 'error' },
    actions: ['list_path', 'read_path'].map((kind) => ({
      kind,
      host: 'web-1',
      path: '/srv',
      program: kind === 'list_path' ? 'find' : 'grep',
      query: { name: '*.log', type: 'any', contains: { text: 'error', as: 'literal', letterCase: 'told' } },
    })),
  },
  explain_command: {
    input: { server: 'web-1', command: 'ls\n' },
    actions: [{ kind: 'explain_command', host: 'web-1' }],
  },
  undo_change: {
    input: { change_id: 'chg_1' },
    actions: [{ kind: 'write_path', host: 'web-1', path: '/srv/a' }],
  },
  list_directory: { input: { server: 'web-1' }, actions: [{ kind: 'list_path', host: 'web-1', path: '.' }] },
  ssh_execute: { input: { command: 'ls\n' }, actions: [{ kind: 'run_command', host: 'web-1', command: 'ls\n' }] },
  ssh_read_file: { input: { path: '/srv/a' }, actions: [{ kind: 'read_path', host: 'web-1', path: '/srv/a' }] },
  ssh_write_file: {
    input: { path: '/srv/a', content: '' },
    actions: [{ kind: 'write_path', host: 'web-1', path: '/srv/a' }],
  },
  ssh_edit_file: {
    input: { path: '/srv/a', operation: 'delete_lines', line_numbers: [1] },
    actions: [
      { kind: 'write_path', host: 'web-1', path: '/srv/a' },
      { kind: 'read_path', host: 'web-1', path: '/srv/a' },
    ],
  },
  ssh_list_directory: { input: {}, actions: [{ kind: 'list_path', host: 'web-1', path: '.' }] },
  ssh_tail_file: {
    input: { path: '/srv/a' },
    actions: [{ kind: 'read_path', host: 'web-1', path: '/srv/a', program: 'tail' }],
  },
  ssh_find_files: {
    input: { root: '/srv', name_pattern: '*.log' },
    actions: [
      { kind: 'list_path', host: 'web-1', path: '/srv', program: 'find', query: { name: '*.log', type: 'any' } },
    ],
  },
  ssh_manage_service: {
    input: { service: 'nginx', action: 'restart' },
    actions: [
      {
        kind: 'manage_service',
        host: 'web-1',
        service: 'nginx',
        verb: 'restart',
        plain: ['systemctl restart nginx', 'rc-service nginx restart', 'service nginx restart'],
        command: expect.stringMatching(/^exec sh -c '[^'\\!\n]*' sh nginx restart 100$/),
      },
    ],
  },
  ssh_system_info: { input: {}, actions: [{ kind: 'gather_facts', host: 'web-1' }] },
  ssh_close_connection: { input: {}, actions: [{ kind: 'close_connection', host: 'web-1' }] },
};

const propertySchema = z.object({ description: z.string().min(3) });
const inputSchema = z.object({
  type: z.literal('object'),
  properties: z.record(z.string(), propertySchema),
  required: z.array(z.string()).default([]),
});

const aChange: Change = {
  id: 'chg_1',
  principal: aCaller().principal,
  callId: 'a call',
  tool: 'write_file',
  at: new Date(),
  state: 'done',
  keptBytes: 0,
  what: {
    kind: 'file',
    host: hostId('web-1'),
    path: '/srv/a',
    by: 'account',
    operation: 'write',
    before: { kind: 'absent' },
    after: { kind: 'file', sizeBytes: 0, sha256: '' },
    undo: { available: true },
  },
};

/** Actions that leave every host as it was. */
const harmless: ReadonlySet<Action['kind']> = new Set([
  'explain_command',
  'list_hosts',
  'list_kept_outputs',
  'list_changes',
  'read_kept_output',
  'gather_facts',
  'resolve_path',
  'find_package_manager',
  'list_jobs',
  'read_job',
  'check_service',
  'read_journal',
  'read_path',
  'list_path',
  'close_connection',
] as const);

function actionsOf(tool: Tool, input: unknown = samples[tool.name]?.input): readonly Action[] {
  const prepared = tool.prepare(input);
  if ('problems' in prepared) throw new Error(prepared.problems.join('; '));
  if ('changeId' in prepared) return prepared.undoing(aChange).actions;
  if ('select' in prepared) return prepared.select({ hosts: [hostId('web-1'), hostId('web-2')], skipped: [] }).actions;
  if ('onJob' in prepared) return prepared.onJob(aJob()).actions;
  return 'on' in prepared ? prepared.on({ id: hostId('web-1'), shown: 'web-1' }).actions : prepared.actions;
}

describe.each(Object.entries<readonly Tool[]>(toolsets))('the set %s', (name, set) => {
  const names: Readonly<Record<string, readonly string[]>> = {
    core: [
      'list_servers',
      'get_system_info',
      'execute_command',
      'execute_on_multiple',
      'get_job',
      'cancel_job',
      'read_output',
      'read_file',
      'write_file',
      'edit_file',
      'list_directory',
      'find_files',
      'transfer_file',
      'check_service_status',
      'manage_service',
      'install_package',
      'read_logs',
      'explain_command',
      'undo_change',
    ],
    'ssh-mcp-server': [
      'ssh_execute',
      'ssh_read_file',
      'ssh_write_file',
      'ssh_edit_file',
      'ssh_list_directory',
      'ssh_tail_file',
      'ssh_find_files',
      'ssh_manage_service',
      'ssh_system_info',
      'ssh_close_connection',
    ],
  };

  it('has these, in this order', () => {
    expect(set.map((tool) => tool.name)).toEqual(names[name]);
  });

  it('costs a model less than 16 KB', () => {
    expect(JSON.stringify(new ToolLists(set).visibleTo(undefined)).length).toBeLessThan(16 * 1024);
  });

  it('is not shown to whoever has a role and no scope', () => {
    const listed = new ToolLists(set).visibleTo({ scopes: new Set(), roles: new Set(['approver']) });
    expect(listed.tools).toEqual([]);
  });

  it.each([
    ['observe', 'changes'],
    ['lockdown', 'shell'],
  ] as const)('are not listed where the profile never allows them: %s', (profile, means) => {
    const policy = new Policy(anInventory([]));
    const caller = aCaller({ profile });
    const names = (list: { readonly tools: readonly { readonly name: string }[] }) =>
      list.tools.map(({ name }) => name);
    const listed = names(new ToolLists(set).visibleTo(caller, policy.ruledOut(caller)));
    const hidden = set.filter(({ needs }) => needs === means).map(({ name }) => name);
    expect(hidden).not.toEqual([]);
    expect(listed).toEqual(set.map(({ name }) => name).filter((name) => !hidden.includes(name)));
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(set)).toBe(true);
  });
});

describe.each(tools)('$name', (tool) => {
  it('needs a scope, unless it tells nothing about any host', () => {
    const allowed = tool.name === 'list_servers' ? [undefined] : scopes;
    expect(allowed).toContain(tool.scope);
  });

  it('says what it is for in a few sentences', () => {
    expect(tool.title).toMatch(/^[A-Z]/);
    expect(tool.description).toMatch(/^[A-Z][^]*\.$/);
    expect(tool.description.length).toBeLessThan(500);
  });

  it('describes every parameter, in a schema without noise', () => {
    const { properties } = inputSchema.parse(tool.inputSchema);
    expect(Object.keys(tool.inputSchema).filter((key) => key !== 'required')).toEqual(['type', 'properties']);
    expect(Object.keys(properties).every((name) => /^[a-z][a-z0-9_]*$/.test(name))).toBe(true);
  });

  it('has the schema that clients know', () => {
    expect(tool.inputSchema).toMatchSnapshot();
  });

  it('declares what it would do', () => {
    expect(actionsOf(tool)).toEqual(samples[tool.name]?.actions);
  });

  it('is read-only exactly when it declares nothing that could change a host', () => {
    expect(actionsOf(tool).every(({ kind }) => harmless.has(kind))).toBe(tool.readOnly);
    expect(tool.readOnly && tool.destructive).toBe(false);
  });

  it('is of a closed world exactly when nothing that it tells could come from a host', () => {
    const ofTheGateway = actionsOf(tool).every(({ kind }) => kind === 'list_hosts' || kind === 'explain_command');
    expect(tool.closedWorld ?? false).toBe(ofTheGateway);
  });

  it('gives clients hints that are what it is', () => {
    const [listed] = new ToolLists([tool]).visibleTo(undefined).tools;
    expect(listed?.annotations).toEqual({
      readOnlyHint: tool.readOnly,
      destructiveHint: tool.destructive,
      idempotentHint: tool.readOnly || tool.idempotent,
      openWorldHint: tool.closedWorld !== true,
    });
  });

  it('names everything that is missing', () => {
    const { required } = inputSchema.parse(tool.inputSchema);
    const prepared = tool.prepare({});
    const problems = 'problems' in prepared ? prepared : { code: 'invalid_input', problems: [] };
    expect(problems).toEqual({ code: 'invalid_input', problems: required.map((name) => `'${name}' is missing`) });
  });

  it('ignores arguments it does not know, and takes null for not given', () => {
    const { properties, required } = inputSchema.parse(tool.inputSchema);
    const optional = Object.keys(properties).filter((name) => !required.includes(name));
    const nulls = Object.fromEntries(optional.map((name) => [name, null]));
    const input = { ...nulls, ...samples[tool.name]?.input, unknown: 1, __proto__: { a: 1 } };
    expect(actionsOf(tool, input)).toEqual(samples[tool.name]?.actions);
  });

  it.each([[], 'text', 7, true, [1]].map((input) => [input]))('refuses %j for arguments', (input) => {
    const prepared = tool.prepare(input);
    expect(prepared).toEqual({ code: 'invalid_input', problems: ['the arguments must be an object'] });
  });

  it('repeats of broken input nothing but defaults', () => {
    const broken = { server: '-rf', command: 7, file_path: '\0', path: ['x'], output_id: {}, contents: 'hunter2' };
    for (const input of [undefined, null, 'text', [], broken]) {
      const repeated = Object.entries(tool.echo(input)).filter(([, value]) => value !== undefined);
      expect(repeated.filter(([name, value]) => name !== 'path' || value !== '.')).toEqual([]);
    }
  });

  const { properties } = inputSchema.parse(tool.inputSchema);
  it.each(Object.keys(properties))('refuses in %s what is of the wrong type, without repeating it', (name) => {
    const prepared = tool.prepare({ ...samples[tool.name]?.input, [name]: { hunter2: 'hunter2' } });
    if (!('problems' in prepared)) throw new Error('accepted');
    expect(prepared.code).toBe('invalid_input');
    expect(prepared.problems).toEqual([expect.stringMatching(`^${name} must be `)]);
    expect(prepared.problems.join('')).not.toContain('hunter2');
  });

  it.each(Object.keys(properties).filter((name) => ['server', 'command', 'file_path', 'path'].includes(name)))(
    'refuses control and invisible characters in %s',
    (name) => {
      for (const evil of [
        'a\0b',
        'a\u001b[2Jb',
        'a\u202eb',
        'a\u200bb',
        'a\rb',
        '\ud800',
        '',
        ' '.repeat(name === 'command' ? 3 : 0),
      ]) {
        expect(tool.prepare({ ...samples[tool.name]?.input, [name]: evil })).toHaveProperty('code', 'invalid_input');
      }
    },
  );
});
