import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anInstallation, launcher } from '../fixtures/installation.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd[Symbol.asyncDispose]());

describe('five processes on one DATA_DIR, one of them killed', () => {
  it('leave an audit that verifies, with every answered call in it', async () => {
    await using shared = anInstallation(sshd);
    const { directory: cwd, environment } = shared;
    const env = environment as Record<string, string>;
    const options = { command: launcher, args: ['stdio'], env, cwd, stderr: 'ignore' as const };
    const transports = [1, 2, 3, 4, 5].map(() => new StdioClientTransport(options));
    const clients = await Promise.all(
      transports.map(async (transport) => {
        const client = new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: 'auto' } });
        await client.connect(transport);
        return client;
      }),
    );
    const answered: string[] = [];
    await Promise.all(
      clients.map(async (client, n) => {
        for (let call = 0; call < 40; call += 1) {
          const command = `echo process-${n}-call-${call}`;
          if (n === 0 && call === 20) process.kill(transports[0]?.pid ?? 0, 'SIGKILL');
          const answer = await client
            .callTool({ name: 'execute_command', arguments: { server: 'web-1', command } })
            .catch(() => undefined);
          if (answer) answered.push(command);
          if (n === 0 && call === 20) return;
        }
      }),
    );
    await Promise.all(clients.slice(1).map((client) => client.close()));
    expect(answered.length).toBeGreaterThanOrEqual(180);
    const verified = await shared.sallyport('audit', 'verify', '--json');
    expect(verified.status).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, first_bad: null });
    const { DatabaseSync } = await import('node:sqlite');
    using database = new DatabaseSync(join(shared.directory, 'data/audit.db'), { readOnly: true });
    const bodies = database
      .prepare("SELECT body FROM audit_records WHERE kind = 'intent'")
      .all()
      .map(({ body }) => String(body))
      .join('\n');
    expect(answered.filter((command) => !bodies.includes(`"${command}"`))).toEqual([]);
  }, 60_000);
});
