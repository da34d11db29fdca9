import { describe, expect, it } from 'vitest';
import { checkBind } from '../../src/http/check-bind.ts';

const bare = { tls: false, publicBaseUrl: undefined, insecure: false };

describe('checkBind', () => {
  it.each(['127.0.0.1', '127.8.9.1', 'localhost', 'LOCALHOST', '::1', '[::1]', '::ffff:127.0.0.1'])(
    'lets plain HTTP listen on %s',
    (host) => {
      expect(checkBind({ ...bare, host })).toEqual({ kind: 'safe' });
    },
  );

  it.each([
    '0.0.0.0',
    '::',
    '',
    '192.168.1.7',
    '10.0.0.1',
    '128.0.0.1',
    'localhost.example.org',
    '::ffff:10.0.0.1',
    '127.1',
  ])('refuses plain HTTP on "%s" and names the three ways', (host) => {
    expect(checkBind({ ...bare, host })).toEqual({
      kind: 'refused',
      message: expect.stringMatching(/TLS_CERT_FILE[^]*TLS_KEY_FILE[^]*PUBLIC_BASE_URL[^]*SALLYPORT_INSECURE_BIND=1/),
    });
  });

  it.each([
    { tls: true },
    { insecure: true },
    { publicBaseUrl: 'https://ssh.example.org' },
    { publicBaseUrl: 'HTTPS://ssh.example.org/mcp' },
  ])('lets %o listen on every address', (way) => {
    expect(checkBind({ ...bare, host: '0.0.0.0', ...way })).toEqual({ kind: 'safe' });
  });

  it.each(['http://ssh.example.org', 'ssh.example.org', 'https', '', 'ftp://x'])(
    'takes "%s" as PUBLIC_BASE_URL for no proof of a proxy',
    (publicBaseUrl) => {
      expect(checkBind({ ...bare, host: '0.0.0.0', publicBaseUrl }).kind).toBe('refused');
    },
  );
});
