import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { Health } from '../../src/metrics/health.ts';
import { aConsole } from '../fixtures/console.ts';

interface Ready {
  readonly status: string;
  readonly reasons?: readonly string[];
  readonly warnings?: readonly string[];
}

const within = { timeout: 8_000, interval: 100 };

describe('GET /readyz', () => {
  it('says which file has a mistake, until it is mended, and goes on with what was in force', async () => {
    await using site = await aConsole({
      servers: { 'secret-name': { host: '127.0.0.1', user: 'u', ssh_key_path: '/k' } },
    });
    const ready = async (): Promise<Ready> => (await (await fetch(`${site.url}/readyz`)).json()) as Ready;
    const write = (name: string, text: string): void =>
      writeFileSync(join(site.config.configDir, name), text, { mode: 0o600 });
    expect(await ready()).toEqual({ status: 'ready' });
    write('servers.json', '{"servers":{"secret-name":{');
    write('policy.yaml', 'nonsense: [');
    await vi.waitFor(async () => {
      const { status, warnings } = await ready();
      expect(status).toBe('ready');
      expect(warnings).toEqual([
        'servers.json has a mistake: what it said before is in force',
        'policy.yaml has a mistake: what it said before is in force',
      ]);
    }, within);
    expect(JSON.stringify(await ready())).not.toContain('secret-name');
    write('servers.json', '{"servers":{}}');
    rmSync(join(site.config.configDir, 'policy.yaml'));
    await vi.waitFor(async () => expect(await ready()).toEqual({ status: 'ready' }), within);
  });

  it('says that the store does not answer, without waiting for it, and asks it once for many who ask', async () => {
    let asked = 0;
    const readStore = (): Promise<never> => {
      asked += 1;
      return new Promise<never>(() => undefined);
    };
    const health = new Health({ dataDir: '/', readStore, said: () => ['x', undefined], log: silentLog });
    const answers = await Promise.all([health.warnings(), health.warnings(), health.warnings()]);
    expect(answers[0]).toEqual(['x', 'state.db cannot be read: jobs and approvals fail']);
    expect(asked).toBe(1);
  });
});
