import { neutralise } from '../base/untrusted-text.ts';
import type { Config } from '../config/load.ts';
import type { Host } from '../hosts/host.ts';
import { Failed, UsageError } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { openOperatorGateway, type OperatorGateway } from './operator-gateway.ts';
import { createScreen, type Screen } from './screen.ts';
import { testAll, testOne } from './server-test-all.ts';
import { hostNamed, loadServers } from './servers-of.ts';
import { stopSignal } from './stop-signal.ts';

export interface ServerTestOptions extends CommonOptions {
  readonly parallel?: string;
}

/** As many of a fleet as leave agents that use the same gateway their slots. */
const usuallyAtOnce = 16;
const mostAtOnce = 60;

interface Testing {
  readonly config: Config;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/** Logs in to one server, or to every enabled one, as a call would. */
export async function serverTest(name: string | undefined, options: ServerTestOptions): Promise<void> {
  const atOnce = atOnceOf(options, name);
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const testing = { config, screen, signal: stopSignal() };
  const open = () => openOperatorGateway(config, { log });
  await (name === undefined ? testEvery(open, atOnce, testing) : testNamed(open, name, testing));
}

async function testNamed(open: () => Promise<OperatorGateway>, name: string, testing: Testing): Promise<void> {
  const { config, screen, signal } = testing;
  const host = await hostNamed(config, name);
  await using gateway = await open();
  const test = await testOne(host, { gateway, signal });
  if (test.success) {
    const text = [`System info: ${neutralise(test.system_info)}`, '✓ Connection test passed!'];
    screen.show({ text, json: test });
    return;
  }
  const text = [`✗ Connection failed: ${test.error}`, ...(test.fix === undefined ? [] : [`    → ${test.fix}`])];
  screen.show({ text, json: test });
  throw new Failed(test.error);
}

async function testEvery(open: () => Promise<OperatorGateway>, atOnce: number, testing: Testing): Promise<void> {
  const { config, screen, signal } = testing;
  const hosts = [...(await loadServers(config)).hosts.values()].filter((host: Host) => host.enabled);
  if (hosts.length === 0) {
    screen.show({ text: ['No servers configured'], json: { success: true, tested: 0, failed: 0, servers: [] } });
    return;
  }
  await using gateway = await open();
  const servers = await testAll(hosts, { gateway, screen, atOnce, signal });
  const failed = servers.filter(({ success }) => !success).length;
  const text = [`${servers.length - failed} of ${servers.length} passed`];
  screen.show({ text, json: { success: failed === 0, tested: servers.length, failed, servers } });
  if (failed > 0) throw new Failed(`${failed} failed`);
}

function atOnceOf({ parallel }: ServerTestOptions, name: string | undefined): number {
  if (parallel === undefined) return usuallyAtOnce;
  if (name !== undefined) throw new UsageError('--parallel goes without a name');
  const asked = /^\d{1,2}$/.test(parallel) ? Number(parallel) : 0;
  if (asked < 1 || asked > mostAtOnce) throw new UsageError(`--parallel takes a number from 1 to ${mostAtOnce}`);
  return asked;
}
