import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';

const web = { host: 'web.example', user: 'deploy', ssh_key_path: '/keys/web' };
const [old, kept] = ['tok_8c1b2d3e4f5061728394a5b6c7d8e9f0', 'tok_91a2b3c4d5e6f708192a3b4c5d6e7f80'];

/** An installation with two tokens, a key, and a record. */
async function aPlace(): Promise<SallyportPlace> {
  const place = new SallyportPlace();
  place.write('config/servers.json', { servers: { web } });
  place.write('config/tokens.json', { tokens: { [old]: { name: 'old' }, [kept]: { name: 'kept' } } });
  place.write('keys/web', 'a private key');
  await runHere(place, ['server', 'disable', 'web']);
  return place;
}

function changeManifest(place: SallyportPlace, change: (text: string) => string): void {
  place.write('copy/manifest.json', change(place.read('copy/manifest.json')));
}

describe('backup and restore', { timeout: 60_000 }, () => {
  it('put an installation back on an empty machine, with a record that verifies', async () => {
    await using place = await aPlace();
    expect(await runHere(place, ['backup', place.path('copy')])).toMatchObject({ status: 0 });
    for (const name of ['copy', 'copy/keys']) expect(statSync(place.path(name)).mode & 0o777).toBe(0o700);
    expect(statSync(place.path('copy/keys/web')).mode & 0o777).toBe(0o600);
    const before = place.read('config/servers.json');
    for (const name of ['config', 'keys', 'data']) rmSync(place.path(name), { recursive: true });

    const restored = await runHere(place, ['restore', place.path('copy'), '--yes', '--json']);
    expect(JSON.parse(restored.stdout)).toMatchObject({ success: true, put_aside: null, tokens_disabled: [] });
    expect(place.read('config/servers.json')).toBe(before);
    expect(place.read('keys/web')).toBe('a private key');
    expect(await runHere(place, ['audit', 'verify'])).toMatchObject({ status: 0 });
    const record = await runHere(place, ['audit', 'tail']);
    expect(record.stdout).toMatch(/server disable[^]*restore/);
  });

  it('puts aside what is there, only if told to, and does not bring back a token that was taken away since', async () => {
    await using place = await aPlace();
    await runHere(place, ['backup', place.path('copy')]);
    await runHere(place, ['token', 'revoke', 'old', '--yes']);
    place.write('config/servers.json', { servers: {} });
    expect(await runHere(place, ['restore', place.path('copy'), '--yes'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('--replace'),
    });
    expect(await runHere(place, ['restore', place.path('copy'), '--replace'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect(place.json('config/servers.json')).toEqual({ servers: {} });

    const { stdout } = await runHere(place, ['restore', place.path('copy'), '--replace', '--yes', '--json']);
    const { put_aside: ending, ...said } = JSON.parse(stdout) as { put_aside: string };
    expect(said).toMatchObject({ success: true, tokens_disabled: ['old'] });
    expect(place.json('config/tokens.json')).toEqual({
      tokens: { [old]: { name: 'old', enabled: false }, [kept]: { name: 'kept' } },
    });
    expect(place.json(`config/servers.json${ending}`)).toEqual({ servers: {} });
    expect(await runHere(place, ['audit', 'verify'])).toMatchObject({ status: 0 });
  });

  it('copies while a gateway runs, and restores nothing below one', async () => {
    await using place = await aPlace();
    const serving = place.start(['serve', '--port', '0']);
    await serving.printed(/Serving MCP/);
    expect(await runHere(place, ['backup', place.path('copy')])).toMatchObject({ status: 0 });
    expect(await runHere(place, ['restore', place.path('copy'), '--replace', '--yes'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`Process ${serving.child.pid}`),
    });
    await serving.stop();
    expect(await runHere(place, ['restore', place.path('copy'), '--replace', '--yes'])).toMatchObject({ status: 0 });
  });

  it.each<{ what: string; damage: (place: SallyportPlace) => void; says: RegExp }>([
    { what: 'a changed file', damage: (place) => place.write('copy/keys/web', 'another'), says: /keys\/web is not as/ },
    { what: 'a missing file', damage: (place) => rmSync(place.path('copy/keys/web')), says: /keys\/web is missing/ },
    { what: 'no manifest', damage: (place) => rmSync(place.path('copy/manifest.json')), says: /is no backup/ },
    {
      what: 'a manifest that leads out of it',
      damage: (place) =>
        changeManifest(place, (text) => text.replace('"path": "web"', '"path": "../../config/tokens.json"')),
      says: /leads out of the backup/,
    },
    {
      what: 'a manifest that is no JSON',
      damage: (place) => changeManifest(place, (text) => text.slice(1)),
      says: /manifest\.json/,
    },
  ])('changes nothing for a backup with $what', async ({ damage, says }) => {
    await using place = await aPlace();
    await runHere(place, ['backup', place.path('copy')]);
    damage(place);
    place.write('config/servers.json', { servers: {} });
    const refused = await runHere(place, ['restore', place.path('copy'), '--replace', '--yes']);
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringMatching(says) });
    expect(place.json('config/servers.json')).toEqual({ servers: {} });
  });

  it('writes into no directory that is there, leaves out what is no file, and goes on beside outputs', async () => {
    await using place = await aPlace();
    mkdirSync(place.path('there'));
    expect(await runHere(place, ['backup', place.path('there')])).toMatchObject({ status: 1 });
    symlinkSync('/etc/shadow', place.path('config/link'));
    mkdirSync(place.path('data/outputs/out_1'), { recursive: true });
    writeFileSync(place.path('data/outputs/out_1/stdout'), 'x');
    chmodSync(place.path('keys/web'), 0o400);
    const { stdout } = await runHere(place, ['backup', place.path('copy'), '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ skipped: [place.path('config/link')] });
    expect(existsSync(place.path('copy/data/outputs'))).toBe(false);
    expect(readFileSync(place.path('copy/keys/web'), 'utf8')).toBe('a private key');
  });
});
