import { describe, expect, it } from 'vitest';
import { isRoot } from '../../fixtures/machine.ts';
import { aPool, runOn } from '../../fixtures/pool.ts';
import { startSshd } from '../../fixtures/sshd.ts';
import { startTcpProxy } from '../../fixtures/tcp-proxy.ts';

const delayMs = 150;
const roundTripMs = 2 * delayMs;

describe('a command on a connection that is open', () => {
  it('costs one round trip, also when it follows the one before at once', async () => {
    // A login shell that starts slowly would look like a slow link.
    await using sshd = await startSshd(isRoot ? { login: 'ordinary', shell: '/bin/sh' } : {});
    await using proxy = await startTcpProxy(sshd.port, { delayMs });
    await using pool = aPool();
    const far = sshd.host({ port: proxy.port, pinnedHostKeys: [sshd.hostKeys[0]?.publicLine ?? ''] });
    const times: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      const before = performance.now();
      expect((await runOn(pool, far, `echo ${i}`)).stdout).toBe(`${i}\n`);
      // The first one opens the connection.
      if (i > 0) times.push(performance.now() - before);
    }
    // The fastest, for what a busy machine adds says nothing of the link. A second round trip would double it.
    const onTheWay = Math.min(...times);
    expect(onTheWay).toBeGreaterThan(0.9 * roundTripMs);
    expect(onTheWay).toBeLessThan(1.7 * roundTripMs);
  });
});
