const done = ['success', 'server'];
const token = ['name', 'permissions', 'roles', 'allowed_servers', 'profile', 'allowed_ips'];
const approval = 'the approval, as `approvals list` has it';

/** What each command prints with `--json` once it has done its work: its members, or in words. */
export const commandAnswers: Readonly<Record<string, readonly string[] | string>> = {
  init: ['config_dir', 'token', 'next'],
  status: ['config_dir', 'servers', 'servers_enabled', 'tokens', 'tokens_enabled', 'locks', 'problems', 'running'],
  doctor: ['ok', 'findings'],
  healthcheck: ['ok', 'url', 'status', 'said'],
  backup: ['success', 'directory', 'files', 'bytes', 'skipped'],
  restore: ['success', 'files', 'put_aside', 'tokens_disabled'],
  run: ['success', 'command', 'results', 'groups', 'overview', 'summary', 'skipped', 'truncated'],
  cp: members(
    'success kind from_server from_path to_server to_path bytes sha256 changed change_id complete resumed_from duration_ms',
  ),
  lock: ['success', 'lock'],
  unlock: ['success', 'removed'],
  version: ['version'],
  'server add': [...done, 'ssh_key_path', 'tested'],
  'server import': ['success', 'servers', 'skipped', 'dry_run'],
  'server show': members(
    'name host port user enabled description tags labels sudo jump keys agent password proxy_command host_keys host_keys_from',
  ),
  'server list': ['servers', 'problems'],
  'server test': [...done, 'system_info', 'duration_ms'],
  'server remove': [...done, 'removed_keys'],
  'server trust': ['success', 'servers'],
  'server enable': [...done, 'enabled'],
  'server disable': [...done, 'enabled'],
  'token create': ['token', ...token],
  'token list': ['tokens', 'problems'],
  'token show': [
    ...token,
    ...members('prefix description enabled rate_limit_multiplier created_at expires_at last_used_at'),
  ],
  'token migrate': ['success', 'migrated', 'left'],
  'token revoke': ['success', 'name'],
  'token enable': ['success', 'name', 'enabled'],
  'token disable': ['success', 'name', 'enabled'],
  'policy check': ['ok', 'file', 'version', 'rules', 'problems'],
  'policy explain': members('decision rule reason units findings canonical would_allow profile policy_version'),
  'policy test': ['total', 't1', 't2', 't3', 't4'],
  'approvals list': ['approvals'],
  'approvals show': approval,
  'approvals approve': approval,
  'approvals deny': approval,
  'jobs list': ['success', 'jobs', 'truncated'],
  'jobs show': 'what `get_job` answers',
  'jobs cancel': 'what `cancel_job` answers',
  'audit verify': ['ok', 'records', 'first_bad', 'open_calls'],
  'audit tail': ['records'],
  'audit search': ['records'],
  'audit report': members(
    'since until total callers servers tools decisions refusals rules approvals destructive events',
  ),
  'audit export': ['success', 'file', 'records', 'next_after'],
};

function members(names: string): readonly string[] {
  return names.split(' ');
}
