import { describe, expect, it } from 'vitest';
import { commandsIn, isBySudo, isOpen, pathAction, pathActionKinds, type Action } from '../../src/policy/action.ts';
import { hostId } from '../fixtures/sshd.ts';

const host = hostId('web-1');
const path = '/srv/a';
const built = { host, plain: ['systemctl status nginx'], command: 'exec sh -c a' };
const query = {
  unit: undefined,
  since: undefined,
  until: undefined,
  priority: undefined,
  pattern: undefined,
  lines: 10,
};

describe('an action on a path', () => {
  it.each(['read', 'write', 'list'] as const)('starts no program by itself: to %s', (use) => {
    const action = pathAction(use, { host, path, sudo: false });
    expect(action).toStrictEqual({ kind: `${use}_path`, host, path });
    expect(isBySudo(action)).toBe(false);
  });

  it.each(['read', 'write', 'list'] as const)('starts sudo with the rights of root: to %s', (use) => {
    const action = pathAction(use, { host, path, sudo: true });
    expect(action).toStrictEqual({ kind: `sudo_${use}_path`, host, path, program: 'sudo' });
    expect(isBySudo(action)).toBe(true);
  });
});

describe('an action that depends on the host', () => {
  it.each<{ what: string; action: Action; open: boolean }>([
    { what: 'a path, until it is resolved', action: { kind: 'read_path', host, path }, open: true },
    { what: 'a resolved path', action: { kind: 'read_path', host, path, resolved: path }, open: false },
    {
      what: 'an installation, until the package manager is known',
      action: { kind: 'install_package', host, plain: ['apt-get install jq'], package: 'jq', manager: 'auto' },
      open: true,
    },
    { what: 'a built command', action: { ...built, kind: 'check_service', service: 'nginx' }, open: false },
    { what: 'a command', action: { kind: 'run_command', host, command: 'ls' }, open: false },
    { what: 'what stays inside the gateway', action: { kind: 'list_hosts' }, open: false },
  ])('is open or not: $what', ({ action, open }) => expect(isOpen(action)).toBe(open));
});

describe('the commands that a caller is charged for', () => {
  const charged: readonly Action[] = [
    { kind: 'run_command', host, command: 'ls' },
    { kind: 'gather_facts', host },
    { ...built, kind: 'check_service', service: 'nginx' },
    { ...built, kind: 'manage_service', service: 'nginx', verb: 'restart' },
    { ...built, kind: 'install_package', package: 'jq', manager: 'apt' },
    { ...built, kind: 'read_journal', query },
    ...pathActionKinds.map((kind) => ({ kind, host, path, program: 'tail' })),
  ];
  const free: readonly Action[] = [
    { kind: 'explain_command', host },
    { kind: 'list_hosts' },
    { kind: 'list_kept_outputs' },
    { kind: 'list_changes' },
    { kind: 'read_kept_output', outputId: 'o-1' },
    { kind: 'resolve_path', host, path },
    { kind: 'sudo_resolve_path', host, path },
    { kind: 'find_package_manager', host, package: 'jq' },
    { kind: 'find_rotated_logs', host, path },
    { kind: 'close_connection', host },
    { kind: 'read_gateway_file', path },
    { kind: 'write_gateway_file', path },
    { kind: 'list_jobs' },
    { kind: 'read_job', host, job: 'j-1' },
    { kind: 'cancel_job', host, job: 'j-1' },
    ...pathActionKinds.map((kind) => ({ kind, host, path })),
  ];
  it.each(charged)('have $kind among them', (action) => expect(commandsIn([action])).toBe(1));
  it.each(free)('do not have $kind among them, which starts no program', (action) => {
    expect(commandsIn([action])).toBe(0);
  });
  it('are counted over all that a call does', () => {
    expect(commandsIn([...charged, ...free])).toBe(charged.length);
  });
});
