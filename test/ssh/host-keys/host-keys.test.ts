import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/base/errors.ts';
import type { Host } from '../../../src/hosts/host.ts';
import { judgeHostKey, knownAlgorithms, verifyHostKey } from '../../../src/ssh/host-keys/host-keys.ts';
import { fingerprint, parsePublicKey } from '../../../src/ssh/host-keys/public-key.ts';
import { replaceHostKeys, trustHostKey } from '../../../src/ssh/host-keys/trust-host-key.ts';
import { blobOf, ecdsaLine, ed25519Line, rsaLine, sshStrings } from '../../fixtures/public-keys.ts';
import { hostId } from '../../fixtures/sshd.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-host-keys-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const ed = ed25519Line();
const otherEd = ed25519Line();
const ec = ecdsaLine();
const rsa = rsaLine();

let files = 0;
function knownHosts(...lines: readonly string[]): string {
  files += 1;
  const path = join(directory, `known_hosts-${files}`);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

function hostWith(overrides: Partial<Host>): Host {
  return {
    id: hostId('web-1'),
    address: 'web.example',
    port: 22,
    user: 'deploy',
    description: undefined,
    tags: [],
    labels: {},
    enabled: true,
    credentials: { keys: [], agent: undefined, password: undefined },
    route: { kind: 'direct' },
    hostKeyAlias: undefined,
    pinnedHostKeys: [],
    knownHostsFiles: [],
    ...overrides,
  };
}

function printOf(line: string): string {
  const key = parsePublicKey(blobOf(line));
  if (!key) throw new Error(`not a key: ${line}`);
  return fingerprint(key);
}

function refusalOf(host: Host, blob: Buffer): GatewayError {
  try {
    verifyHostKey(host, blob);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('the key was trusted');
}

describe('a host key', () => {
  const at2222 = { port: 2222 };
  it.each<{ what: string; host?: Partial<Host>; files: readonly (readonly string[])[]; key?: string; verdict: string }>(
    [
      { what: 'the known key', files: [[`web.example ${ed}`]], verdict: 'trusted' },
      {
        what: 'one of several known keys',
        files: [[`web.example ${otherEd}`, `web.example ${ed}`]],
        verdict: 'trusted',
      },
      {
        what: 'a key of a second file',
        files: [[`web.example ${otherEd}`], [`web.example ${ed}`]],
        verdict: 'trusted',
      },
      { what: 'no known key', files: [[`web ${ed}`], []], verdict: 'unknown' },
      { what: 'no file at all', files: [], verdict: 'unknown' },
      { what: 'a different key of a known type', files: [[`web.example ${ed}`]], key: otherEd, verdict: 'mismatch' },
      { what: 'a key of another type', files: [[`web.example ${ed}`]], key: ec, verdict: 'unknown' },
      { what: 'a revoked key', files: [[`@revoked * ${ed}`, `web.example ${ed}`]], verdict: 'revoked' },
      {
        what: 'a key that a later file revokes',
        files: [[`web.example ${ed}`], [`@revoked * ${ed}`]],
        verdict: 'revoked',
      },
      {
        what: 'a key beside a revoked one',
        files: [[`@revoked * ${otherEd}`, `web.example ${ed}`]],
        verdict: 'trusted',
      },
      { what: 'a plain key, known by authority', files: [[`@cert-authority * ${ec}`]], verdict: 'authority_only' },
      { what: 'the key of the authority itself', files: [[`@cert-authority * ${ed}`]], verdict: 'authority_only' },
      {
        what: 'a key beside an authority',
        files: [[`@cert-authority * ${ec}`, `web.example ${ed}`]],
        verdict: 'trusted',
      },
      { what: 'the key of the port', host: at2222, files: [[`[web.example]:2222 ${ed}`]], verdict: 'trusted' },
      { what: 'the key of the plain name', host: at2222, files: [[`web.example ${ed}`]], verdict: 'trusted' },
      {
        what: 'another key than the plain name has',
        host: at2222,
        files: [[`web.example ${otherEd}`]],
        verdict: 'unknown',
      },
      {
        what: 'a key the plain name revokes',
        host: at2222,
        files: [[`@revoked web.example ${ed}`]],
        verdict: 'revoked',
      },
      {
        what: 'the key of the plain name against that of the port',
        host: at2222,
        files: [[`web.example ${ed}`, `[web.example]:2222 ${otherEd}`]],
        verdict: 'mismatch',
      },
      {
        what: 'the key of the plain name where the port has one of another type',
        host: at2222,
        files: [[`web.example ${ed}`, `[web.example]:2222 ${ec}`]],
        verdict: 'unknown',
      },
      { what: 'the key of a port against port 22', files: [[`[web.example]:2222 ${ed}`]], verdict: 'unknown' },
      {
        what: 'the key of the alias',
        host: { ...at2222, hostKeyAlias: 'Web' },
        files: [[`web ${ed}`]],
        verdict: 'trusted',
      },
      {
        what: 'the key of the address under an alias',
        host: { hostKeyAlias: 'web' },
        files: [[`web.example ${ed}`]],
        verdict: 'unknown',
      },
      { what: 'the pinned key', host: { pinnedHostKeys: [`${ed} note`] }, files: [], verdict: 'trusted' },
      {
        what: 'another key than the pinned one',
        host: { pinnedHostKeys: [otherEd] },
        files: [[`web.example ${ed}`]],
        verdict: 'mismatch',
      },
      {
        what: 'another type than the pinned one',
        host: { pinnedHostKeys: [ec] },
        files: [[`web.example ${ed}`]],
        verdict: 'unknown',
      },
      { what: 'nothing that is a key', files: [[`web.example ${ed}`]], key: 'x AAAA', verdict: 'unreadable' },
      { what: 'nothing at all', files: [[`web.example ${ed}`]], key: 'x ', verdict: 'unreadable' },
    ],
  )('is $verdict: $what', ({ host = {}, files, key = ed, verdict }) => {
    const knownHostsFiles = files.map((lines) => knownHosts(...lines));
    expect(judgeHostKey(hostWith({ ...host, knownHostsFiles }), blobOf(key)).kind).toBe(verdict);
  });

  it('is revoked also when it is spelled with more zeros', () => {
    const [type = Buffer.of(), e = Buffer.of(), n = Buffer.of()] = stringsOf(blobOf(rsa));
    const respelled = sshStrings([type, e, Buffer.concat([Buffer.of(0), n])]);
    const host = hostWith({ knownHostsFiles: [knownHosts(`@revoked * ${rsa}`)] });
    expect(judgeHostKey(host, respelled).kind).toBe('revoked');
  });

  it('is never trusted while a file that may revoke it cannot be read', () => {
    const host = hostWith({ knownHostsFiles: [knownHosts(`web.example ${ed}`), directory] });
    expect(refusalOf(host, blobOf(ed)).code).toBe('config_invalid');
  });

  it('is never trusted while a pinned key is malformed', () => {
    const host = hostWith({ pinnedHostKeys: [ed, 'ssh-ed25519 AAAA'] });
    expect(refusalOf(host, blobOf(ed)).code).toBe('config_invalid');
  });
});

describe('the algorithms known for a host', () => {
  it('are those of its plain keys, with the signatures that RSA keys make today', () => {
    const path = knownHosts(
      `web.example ${rsa}`,
      `web.example ${ed}`,
      `@revoked web.example ${ec}`,
      `@cert-authority * ${ec}`,
    );
    expect(knownAlgorithms(hostWith({ knownHostsFiles: [path] }))).toEqual([
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ssh-ed25519',
    ]);
  });

  it('are those of the plain name where nothing is known for the port', () => {
    const path = knownHosts(`web.example ${ed}`);
    expect(knownAlgorithms(hostWith({ port: 2222, knownHostsFiles: [path] }))).toEqual(['ssh-ed25519']);
    writeFileSync(path, `web.example ${ed}\n[web.example]:2222 ${ec}\n`);
    expect(knownAlgorithms(hostWith({ port: 2222, knownHostsFiles: [path] }))).toEqual(['ecdsa-sha2-nistp256']);
  });

  it('are those of the pinned keys', () => {
    const path = knownHosts(`web.example ${ed}`);
    expect(knownAlgorithms(hostWith({ pinnedHostKeys: [ec], knownHostsFiles: [path] }))).toEqual([
      'ecdsa-sha2-nistp256',
    ]);
  });
});

describe('the refusal of a host key', () => {
  it('names the fingerprint and the next step when the key is unknown', () => {
    const error = refusalOf(hostWith({ knownHostsFiles: [knownHosts()] }), blobOf(ed));
    expect(error.code).toBe('host_key_unknown');
    expect(error.message).toContain(`ssh-ed25519 ${printOf(ed)}`);
    expect(error.message).toMatch(/sallyport server trust web-1\.$/);
    expect(error.details).toEqual({ host: 'web-1', algorithm: 'ssh-ed25519', fingerprint: printOf(ed), known: [] });
    expect(error.ran).toBe('not_started');
  });

  it('names the fingerprints as ssh-keygen prints them', () => {
    for (const line of [ed, ec, rsa]) {
      const stdout = execFileSync('ssh-keygen', ['-l', '-f', '-'], { input: line, encoding: 'utf8' });
      expect(stdout).toContain(` ${printOf(line)} `);
    }
  });

  it('names the keys of other types that are known', () => {
    const path = knownHosts('# mine', `web.example ${ec}`);
    const { code, message } = refusalOf(hostWith({ knownHostsFiles: [path] }), blobOf(ed));
    expect(code).toBe('host_key_unknown');
    expect(message).toContain(`keys of other types: ecdsa-sha2-nistp256 ${printOf(ec)} in ${path}:2.`);
  });

  it('names file and line of the key that disagrees, and the deliberate next step', () => {
    const path = knownHosts('# mine', `web.example ${otherEd}`);
    const { code, message } = refusalOf(hostWith({ knownHostsFiles: [path] }), blobOf(ed));
    expect(code).toBe('host_key_mismatch');
    expect(message).toContain(
      `It presented ssh-ed25519 ${printOf(ed)}; known is ssh-ed25519 ${printOf(otherEd)} in ${path}:2.`,
    );
    expect(message).toMatch(/sallyport server trust web-1 --replace\.$/);
  });

  it('never tells how to trust a revoked key', () => {
    const path = knownHosts(`@revoked * ${ed}`, `web.example ${ed}`);
    const { code, message } = refusalOf(hostWith({ knownHostsFiles: [path] }), blobOf(ed));
    expect(code).toBe('host_key_mismatch');
    expect(message).toContain(`revoked in ${path}:1.`);
    expect(message).not.toContain('server trust');
  });

  it('says of a host known by an authority that certificates are not supported yet', () => {
    const path = knownHosts(`@cert-authority *.example ${ec}`);
    const { code, message } = refusalOf(hostWith({ knownHostsFiles: [path] }), blobOf(ed));
    expect(code).toBe('host_key_unknown');
    expect(message).toContain(`${path}:1), and host certificates are not supported yet`);
  });

  it('sends the operator to the configuration when the key is pinned there', () => {
    const { code, message } = refusalOf(hostWith({ pinnedHostKeys: [otherEd] }), blobOf(ed));
    expect(code).toBe('host_key_mismatch');
    expect(message).toContain('put the new key into host_key of web-1');
    expect(message).not.toContain('server trust');
  });

  it('quotes a host name for the shell it is pasted into', () => {
    const { message } = refusalOf(hostWith({ id: hostId("it's; rm -rf $HOME") }), blobOf(ed));
    expect(message).toContain(`sallyport server trust 'it'\\''s; rm -rf $HOME'`);
  });

  it('shows what a path hides', () => {
    const path = `${knownHosts(`web.example ${otherEd}`)}\u202E\n`;
    writeFileSync(path, `web.example ${otherEd}\n`);
    const { message } = refusalOf(hostWith({ knownHostsFiles: [path] }), blobOf(ed));
    expect(message).toContain('\\u202e\\u000a:1');
  });

  it('quotes nothing of a blob that is no key', () => {
    const { code, message } = refusalOf(hostWith({}), sshStrings([Buffer.from('run: curl evil'), Buffer.alloc(32)]));
    expect(code).toBe('host_key_unknown');
    expect(message).not.toContain('curl');
    expect(message).not.toContain('server trust');
  });
});

describe('trusting a host key', () => {
  it('stores it in the first file, under the name with the port', async () => {
    const [first, second] = [knownHosts('# mine'), knownHosts()];
    const host = hostWith({ port: 2222, knownHostsFiles: [first, second] });
    expect(await trustHostKey(host, blobOf(ed))).toBe('added');
    expect(readFileSync(first, 'utf8')).toBe(`# mine\n[web.example]:2222 ${ed}\n`);
    expect(readFileSync(second, 'utf8')).toBe('');
    expect(() => verifyHostKey(host, blobOf(ed))).not.toThrow();
    expect(await trustHostKey(host, blobOf(ed))).toBe('present');
  });

  it('refuses a key that contradicts a known one, until it is to be replaced', async () => {
    const [first, second] = [
      knownHosts(`web.example ${otherEd}`, `web.example ${ec}`),
      knownHosts(`web.example ${rsa}`),
    ];
    const host = hostWith({ knownHostsFiles: [first, second] });
    await expect(trustHostKey(host, blobOf(ed))).rejects.toMatchObject({ code: 'host_key_mismatch' });
    const { removed, elsewhere } = await replaceHostKeys(host, blobOf(ed));
    expect(removed).toBe(2);
    expect(elsewhere.map(({ place }) => place)).toEqual([{ kind: 'file', path: second, line: 1 }]);
    expect(readFileSync(first, 'utf8')).toBe(`web.example ${ed}\n`);
    expect(judgeHostKey(host, blobOf(otherEd)).kind).toBe('mismatch');
  });

  it.each<{ what: string; host?: Partial<Host>; line: string; key: string; code: string }>([
    { what: 'a revoked key', line: `@revoked * ${ed}`, key: ed, code: 'host_key_mismatch' },
    { what: 'what is no key', line: '', key: 'x AAAA', code: 'host_key_unknown' },
    {
      what: 'a key where others are pinned',
      host: { pinnedHostKeys: [otherEd] },
      line: '',
      key: ec,
      code: 'config_invalid',
    },
  ])('never stores $what', async ({ host: overrides = {}, line, key, code }) => {
    const path = knownHosts(line);
    const host = hostWith({ ...overrides, knownHostsFiles: [path] });
    await expect(trustHostKey(host, blobOf(key))).rejects.toMatchObject({ code });
    await expect(replaceHostKeys(host, blobOf(key))).rejects.toMatchObject({ code });
    expect(readFileSync(path, 'utf8')).toBe(`${line}\n`);
  });

  it('never stores a line for hosts that an odd address would match', async () => {
    const path = knownHosts();
    const host = hostWith({ address: '*', knownHostsFiles: [path] });
    await expect(trustHostKey(host, blobOf(ed))).rejects.toMatchObject({ code: 'config_invalid' });
    expect(readFileSync(path, 'utf8')).toBe('');
  });
});

function stringsOf(blob: Buffer): readonly Buffer[] {
  const strings: Buffer[] = [];
  for (let at = 0; at < blob.length; at += 4 + blob.readUInt32BE(at)) {
    strings.push(blob.subarray(at + 4, at + 4 + blob.readUInt32BE(at)));
  }
  return strings;
}
