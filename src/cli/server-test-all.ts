import { atMost } from '../base/at-most.ts';
import { GatewayError } from '../base/errors.ts';
import { neutraliseLine } from '../base/untrusted-text.ts';
import type { Host } from '../hosts/host.ts';
import { fixOf } from './host-fix.ts';
import { testServer, type OperatorGateway } from './operator-gateway.ts';
import { ProgressBar } from './progress-bar.ts';
import type { Screen } from './screen.ts';

/** What became of one server; as it is printed with `--json`. */
export type ServerTest =
  | { readonly server: string; readonly success: true; readonly duration_ms: number; readonly system_info: string }
  | {
      readonly server: string;
      readonly success: false;
      readonly duration_ms: number;
      readonly code: string;
      readonly error: string;
      readonly fix?: string;
    };

export interface TestingAll {
  readonly gateway: OperatorGateway;
  readonly screen: Screen;
  /** How many are logged in to at a time. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
}

/** Tests them in parallel: with a bar at a terminal, else with the lines of each as it ends. In the order of the hosts. */
export async function testAll(hosts: readonly Host[], parts: TestingAll): Promise<readonly ServerTest[]> {
  const { screen, atOnce } = parts;
  const bar = screen.isInteractive ? new ProgressBar(hosts.length) : undefined;
  const count = { done: 0, failed: 0 };
  bar?.show(count);
  const tests = await atMost(atOnce, hosts, async (host) => {
    const test = await testOne(host, parts);
    count.done += 1;
    if (!test.success) count.failed += 1;
    bar?.show(count);
    if (bar === undefined) for (const line of linesOf(test)) screen.say(line);
    return test;
  });
  bar?.clear();
  if (bar !== undefined) for (const line of tests.flatMap(linesOf)) screen.say(line);
  return tests;
}

/** What is wrong with one is its result; without a record no test may be made at all. */
export async function testOne(
  host: Host,
  { gateway, signal }: Pick<TestingAll, 'gateway' | 'signal'>,
): Promise<ServerTest> {
  const began = performance.now();
  const measured = () => ({ server: host.id, duration_ms: Math.round(performance.now() - began) });
  try {
    return { success: true, system_info: await testServer(gateway, host.id, signal), ...measured() };
  } catch (error) {
    const mustEnd = !(error instanceof GatewayError) || ['config_invalid', 'audit_unavailable'].includes(error.code);
    if (mustEnd) throw error;
    const { code, message } = error;
    const fix = fixOf(code, host);
    return { success: false, code, error: message, ...(fix !== undefined && { fix }), ...measured() };
  }
}

function linesOf(test: ServerTest): readonly string[] {
  if (test.success) return [`✓ ${test.server}: ${neutraliseLine(test.system_info)} (${test.duration_ms} ms)`];
  const fix = test.fix === undefined ? [] : [`    → ${test.fix}`];
  return [`✗ ${test.server}: ${test.error.split('\n').map(neutraliseLine).join('\n    ')}`, ...fix];
}
