import { describeProblem } from '../../base/problem.ts';
import type { Log } from '../../base/log.ts';
import { shellWord } from '../../base/shell-word.ts';
import type { Config } from '../../config/load.ts';
import { defaultHosts } from '../../hosts/configured-hosts.ts';
import type { Host } from '../../hosts/host.ts';
import { checkBind } from '../../http/check-bind.ts';
import { listTokens } from '../../identity/edit-tokens.ts';
import { describeLock } from '../../locks/locks.ts';
import { readLocks } from '../../locks/read-locks.ts';
import { resolveRole } from '../../policy/rules/loaded-policy.ts';
import { loadPolicy } from '../../policy/rules/policy-file.ts';
import { publicHalf } from '../../ssh/keys.ts';
import { isKeyKnown, loadServers } from '../servers-of.ts';
import { ok, orOk, refused, withFix, type Finding } from './finding.ts';

/** What would keep `serve` from starting. */
export function checkListening({ host, port, tlsCertFile, publicBaseUrl, insecureBind }: Config): readonly Finding[] {
  const bind = checkBind({ host, tls: tlsCertFile !== undefined, publicBaseUrl, insecure: insecureBind });
  if (bind.kind === 'safe') return [ok('listening', `serve listens on ${host} port ${port}`)];
  const fix = 'TLS_CERT_FILE and TLS_KEY_FILE, or an https PUBLIC_BASE_URL, or HOST=127.0.0.1';
  return [{ check: 'listening', level: 'error', message: `${host}: tokens would cross the network unencrypted`, fix }];
}

export async function checkPolicy(config: Config, log: Log): Promise<readonly Finding[]> {
  try {
    const policy = await loadPolicy(config.policyFile, log);
    const { tokens } = await listTokens(config.tokensFile, {});
    const lost = tokens.filter(
      ({ enabled, profile = 'seed' }) => enabled && resolveRole(policy, profile) === undefined,
    );
    const findings = lost.map(({ name, profile = '' }): Finding => ({
      check: 'policy',
      level: 'error',
      message: `Token '${name}' has the profile ${profile}, which does not exist: nothing is allowed to it`,
      fix: `add the role ${profile} to ${config.policyFile}, or change the token's profile`,
    }));
    const what = policy.file === undefined ? 'The built-in profiles apply' : `${policy.file}: every test passes`;
    return orOk(findings, ok('policy', what));
  } catch (error) {
    return refused('policy', error, 'sallyport policy check');
  }
}

/** Where the file is broken, everything is locked. */
export async function checkLocks({ locksFile }: Config): Promise<readonly Finding[]> {
  try {
    const locks = await readLocks(locksFile);
    const fix = 'sallyport unlock, and the same options as with lock';
    const findings = locks.map((lock): Finding => ({
      check: 'locks',
      level: 'warning',
      message: describeLock(lock),
      fix,
    }));
    return orOk(findings, ok('locks', 'Nothing is locked'));
  } catch (error) {
    const fix = `mend or remove ${locksFile}: until then every call is refused, and what runs is ended`;
    return refused('locks', error, fix);
  }
}

export async function checkTokens({ tokensFile, tokenExpiryHours }: Config): Promise<readonly Finding[]> {
  try {
    const { tokens, warnings } = await listTokens(tokensFile, { expiryHours: tokenExpiryHours });
    const enabled = tokens.filter((token) => token.enabled).length;
    const findings = warnings.map((warning): Finding => withFix('tokens', 'warning', warning));
    return orOk(findings, ok('tokens', `${enabled} of ${tokens.length} enabled`));
  } catch (error) {
    return refused('tokens', error, `mend ${tokensFile}, or make another with: sallyport token create`);
  }
}

export interface CheckedServers {
  readonly findings: readonly Finding[];
  /** Those for which nothing stands in the way of a login. */
  readonly hosts: readonly Host[];
}

export async function checkServers(config: Config): Promise<CheckedServers> {
  const findings: Finding[] = [];
  const hosts: Host[] = [];
  try {
    const { hosts: found, problems } = await loadServers(config);
    for (const problem of problems) {
      const fix = `mend this entry of ${config.serversFile}: until then it is left out`;
      findings.push({ check: 'servers', level: 'error', message: describeProblem(problem), fix });
    }
    const standalone = defaultHosts(config).filter(({ id }) => !found.has(id));
    for (const host of [...found.values(), ...standalone]) {
      if (!host.enabled) continue;
      const wrong = await checkServer(host);
      findings.push(...wrong);
      if (wrong.length === 0) hosts.push(host);
    }
    if (found.size + standalone.length + problems.length === 0) {
      findings.push({ check: 'servers', level: 'warning', message: 'There is none', fix: 'sallyport server add' });
    }
  } catch (error) {
    return { findings: refused('servers', error, `mend ${config.serversFile}`), hosts: [] };
  }
  return { findings: orOk(findings, ok('servers', `${hosts.length} with a key and a known host key`)), hosts };
}

async function checkServer(host: Host): Promise<readonly Finding[]> {
  const check = `server ${host.id}`;
  const findings: Finding[] = [];
  if (!isKeyKnown(host)) {
    const fix = `sallyport server trust ${shellWord(host.id)}`;
    findings.push({ check, level: 'error', message: 'Its host key is not known, so it is not logged in to', fix });
  }
  const { keys, agent, password } = host.credentials;
  const problems: Finding[] = [];
  for (const { path, passphrase } of keys) {
    const half = await publicHalf(path, '', passphrase).catch(() => ({ problem: 'cannot be read' }));
    if ('problem' in half) problems.push(keyFinding(check, path, half.problem));
  }
  const isWithout = keys.length === problems.length && agent === undefined && password === undefined;
  if (isWithout && keys.length === 0) {
    const fix = `sallyport server add ${shellWord(host.id)} --replace, which puts a key on it`;
    problems.push({ check, level: 'error', message: 'There is nothing to log in with', fix });
  }
  return [...findings, ...problems.map((problem) => (isWithout ? problem : { ...problem, level: 'warning' as const }))];
}

function keyFinding(check: string, path: string, problem: string): Finding {
  const finding = withFix(check, 'error', `${path}: ${problem}`);
  if (finding.fix !== undefined) return finding;
  const fix = problem.startsWith('passphrase')
    ? 'name its variable in servers.json: "ssh_key_passphrase_env"'
    : 'put the private key there, or name another in servers.json: "ssh_key_path"';
  return { ...finding, fix };
}
