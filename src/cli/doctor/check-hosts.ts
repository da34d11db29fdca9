import { GatewayError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { shellWord } from '../../base/shell-word.ts';
import type { Config } from '../../config/load.ts';
import type { Host } from '../../hosts/host.ts';
import { fixOf } from '../host-fix.ts';
import { openOperatorGateway } from '../operator-gateway.ts';
import { outputOf, resultsOf, type Results } from '../show-run.ts';
import { ok, type Finding } from './finding.ts';

/** More is wrong with a clock than the way there takes. */
const maxSkewMs = 60_000;

/** Logs in to every host at once, as a call would, and compares its clock with ours. */
export async function checkHosts(
  hosts: readonly Host[],
  { config, log }: { readonly config: Config; readonly log: Log },
): Promise<readonly Finding[]> {
  if (hosts.length === 0) return [];
  await using gateway = await openOperatorGateway(config, { log });
  const servers = hosts.map(({ id }) => id);
  const input = { servers, command: 'date +%s', timeout: 30, wait: 35 };
  try {
    const results = resultsOf(await gateway.call('execute_on_multiple', input));
    const now = Date.now();
    return hosts.map((host) => judged(host, results, now));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return [{ check: 'reachability', level: 'error', message: error.message }];
  }
}

function judged(host: Host, results: Results, now: number): Finding {
  const check = `server ${host.id}`;
  const { success, code } = results[host.id] ?? {};
  const { stdout, stderr } = outputOf(results, host.id);
  if (success !== true) {
    const fix = fixOf(String(code), host) ?? `sallyport server test ${shellWord(host.id)}`;
    return { check, level: 'error', message: stderr === '' ? String(code) : stderr, fix };
  }
  const skewMs = Math.abs(now - Number(stdout) * 1000);
  if (!(skewMs > maxSkewMs)) return ok(check, `${host.user}@${host.address}:${host.port} answers`);
  const message = `Its clock and ours are ${Math.round(skewMs / 1000)} s apart: times in logs and records will not agree`;
  return { check, level: 'warning', message, fix: 'timedatectl set-ntp true, there or here' };
}
