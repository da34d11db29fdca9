import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, type Config } from '../../src/config/load.ts';
import { exampleDotEnv, exampleEnv, exampleEnvOfSecondSeed, exampleReadmeEnv } from '../fixtures/seed-examples.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

async function configFrom(dotenv: string, environment: Readonly<Record<string, string>> = {}): Promise<Config> {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'config'), { mode: 0o700 });
  writeFileSync(join(folder.path, '.env'), dotenv, { mode: 0o600 });
  return await loadConfig({ use: 'serve', flags: {}, environment, workingDir: folder.path });
}

describe('the example environment of a seed', () => {
  const first: Partial<Config> = {
    host: '0.0.0.0',
    port: 8000,
    logLevel: 'info',
    configDir: '/app/config',
    keysDir: '/app/keys',
    logsDir: '/app/logs',
    tokenExpiryHours: 8760,
    rateLimitEnabled: true,
    rateLimitPerMinute: 60,
    rateLimitPerHour: 500,
    sshConnectionTimeout: 30,
    sshCommandTimeout: 300,
  };
  it.each<{ what: string; text: string; expected: Partial<Config>; warnings: readonly string[] }>([
    {
      what: 'the first',
      text: exampleEnv,
      expected: first,
      warnings: ['Accepted but without use: RELOAD, EXTERNAL_PORT'],
    },
    {
      what: 'the first, with a secret',
      text: exampleDotEnv,
      expected: first,
      warnings: ['Accepted but without use: SECRET_KEY, RELOAD, EXTERNAL_PORT'],
    },
    {
      what: 'the first, as its README has it',
      text: exampleReadmeEnv,
      expected: {
        host: '0.0.0.0',
        port: 8000,
        tokenExpiryHours: 8760,
        rateLimitPerMinute: 60,
        sshConnectionTimeout: 30,
      },
      warnings: [],
    },
    {
      what: 'the second',
      // As it is, it would sign with a secret that is published.
      text: exampleEnvOfSecondSeed.replace(/^SESSION_SECRET=.*$/m, `SESSION_SECRET=${'0123456789abcdef'.repeat(2)}`),
      expected: {
        host: '127.0.0.1',
        port: 3003,
        publicBaseUrl: 'https://mcp.yourdomain.com',
        oauthOrigin: 'https://mcp.yourdomain.com',
        googleClientId: 'your-client-id.apps.googleusercontent.com',
        sshDefaultHost: '127.0.0.1',
        sshDefaultUser: 'root',
        sshDefaultPort: 22,
        sshKeyPath: '/path/to/.ssh/id_ed25519',
        sshKeyPassphrase: undefined,
        sshConnectionTimeout: 10,
        sshCommandTimeout: 30,
        allowedCommands: ['ls', 'cat', 'pwd', 'whoami', 'df', 'free', 'uptime'],
      },
      warnings: ['Accepted but without use: MCP_API_KEY, JWT_SECRET, OAUTH_CODE_SECRET'],
    },
  ])('is read: $what', async ({ text, expected, warnings }) => {
    const config = await configFrom(text);
    expect(config).toMatchObject(expected);
    expect(config.warnings).toEqual(warnings);
  });
});

describe('a variable of a seed', () => {
  it.each<{ variable: string; value: string; setting: keyof Config; expected: unknown }>([
    { variable: 'CONFIG_DIR', value: '/c', setting: 'configDir', expected: '/c' },
    { variable: 'KEYS_DIR', value: '/k', setting: 'keysDir', expected: '/k' },
    { variable: 'LOGS_DIR', value: '/l', setting: 'logsDir', expected: '/l' },
    { variable: 'LOG_LEVEL', value: 'DEBUG', setting: 'logLevel', expected: 'debug' },
    { variable: 'LOG_LEVEL', value: ' warning ', setting: 'logLevel', expected: 'warn' },
    { variable: 'LOG_LEVEL', value: 'ERROR', setting: 'logLevel', expected: 'error' },
    { variable: 'LOG_LEVEL', value: 'Critical', setting: 'logLevel', expected: 'error' },
    { variable: 'LOG_LEVEL', value: 'NOTSET', setting: 'logLevel', expected: 'debug' },
    {
      variable: 'PUBLIC_BASE_URL',
      value: 'http://127.0.0.1:8000/',
      setting: 'publicBaseUrl',
      expected: 'http://127.0.0.1:8000',
    },
    { variable: 'HOST', value: '127.0.0.2', setting: 'host', expected: '127.0.0.2' },
    { variable: 'PORT', value: '9000', setting: 'port', expected: 9000 },
    { variable: 'HTTP_HOST', value: '127.0.0.3', setting: 'host', expected: '127.0.0.3' },
    { variable: 'HTTP_PORT', value: '3000', setting: 'port', expected: 3000 },
    { variable: 'TOKEN_EXPIRY_HOURS', value: '1', setting: 'tokenExpiryHours', expected: 1 },
    { variable: 'RATE_LIMIT_ENABLED', value: 'no', setting: 'rateLimitEnabled', expected: false },
    { variable: 'RATE_LIMIT_PER_MINUTE', value: '7', setting: 'rateLimitPerMinute', expected: 7 },
    { variable: 'RATE_LIMIT_PER_HOUR', value: '8', setting: 'rateLimitPerHour', expected: 8 },
    { variable: 'SSH_CONNECTION_TIMEOUT', value: '30', setting: 'sshConnectionTimeout', expected: 30 },
    { variable: 'SSH_CONNECT_TIMEOUT', value: '11', setting: 'sshConnectionTimeout', expected: 11 },
    { variable: 'SSH_COMMAND_TIMEOUT', value: '12', setting: 'sshCommandTimeout', expected: 12 },
    { variable: 'COMMAND_TIMEOUT', value: '13', setting: 'sshCommandTimeout', expected: 13 },
    { variable: 'DEBUG', value: 'true', setting: 'logLevel', expected: 'debug' },
    { variable: 'SSH_DEFAULT_PORT', value: '2222', setting: 'sshDefaultPort', expected: 2222 },
    { variable: 'SSH_KEY_PATH', value: '~/.ssh/x', setting: 'sshKeyPath', expected: '~/.ssh/x' },
    { variable: 'ALLOWED_COMMANDS', value: 'ls, cat,', setting: 'allowedCommands', expected: ['ls', 'cat'] },
  ])('is honoured: $variable=$value', async ({ variable, value, setting, expected }) => {
    const config = await configFrom('', { [variable]: value });
    expect(config[setting]).toEqual(expected);
    expect(config.warnings).toEqual([]);
  });

  it.each(['MCP_TOKEN', 'SSH_DEFAULT_PASSWORD', 'SSH_KEY_PASSPHRASE'])('is a secret: %s', async (variable) => {
    const config = await configFrom('', { [variable]: 'hunter2' });
    const setting = { MCP_TOKEN: config.mcpToken, SSH_DEFAULT_PASSWORD: config.sshDefaultPassword }[variable];
    expect((setting ?? config.sshKeyPassphrase)?.reveal()).toBe('hunter2');
    expect(JSON.stringify(config)).not.toContain('hunter2');
  });

  it('is taken from .env by the name that servers.json gives', async () => {
    const config = await configFrom('PROD_DB_SSH_PASSPHRASE=open sesame\n');
    expect(config.secretFromEnv('PROD_DB_SSH_PASSPHRASE')?.reveal()).toBe('open sesame');
  });

  it.each(['MCP_API_KEY', 'SECRET_KEY', 'RELOAD', 'EXTERNAL_PORT', 'JWT_SECRET', 'OAUTH_CODE_SECRET'])(
    'has one line in the log where it has no use: %s',
    async (variable) => {
      expect((await configFrom('', { [variable]: 'x' })).warnings).toEqual([expect.stringContaining(variable)]);
    },
  );
});

describe('OAuth', () => {
  const strong = '0123456789abcdef'.repeat(2);

  it.each<{ environment: Readonly<Record<string, string>>; origin: string | undefined }>([
    { environment: {}, origin: undefined },
    { environment: { PUBLIC_BASE_URL: 'https://a.example/' }, origin: 'https://a.example' },
    { environment: { PUBLIC_BASE_URL: 'https://a.example', OAUTH_ENABLED: 'false' }, origin: undefined },
    { environment: { PUBLIC_BASE_URL: 'http://127.0.0.1:8000' }, origin: undefined },
    {
      environment: { PUBLIC_BASE_URL: 'http://localhost:8000', OAUTH_ENABLED: 'true' },
      origin: 'http://localhost:8000',
    },
    { environment: { PUBLIC_BASE_URL: 'https://a.example/gateway' }, origin: undefined },
    { environment: { OAUTH_ENABLED: 'TRUE', PORT: '9001' }, origin: 'http://127.0.0.1:9001' },
    { environment: { OAUTH_ENABLED: 'auto', GOOGLE_CLIENT_ID: 'x' }, origin: 'http://127.0.0.1:8000' },
    { environment: { OAUTH_ENABLED: '1', HOST: '[::1]' }, origin: 'http://[::1]:8000' },
  ])('is at $origin with $environment', async ({ environment, origin }) => {
    expect((await configFrom('', environment)).oauthOrigin).toBe(origin);
  });

  it.each<{ environment: Readonly<Record<string, string>>; problem: RegExp }>([
    { environment: { PUBLIC_BASE_URL: 'http://ssh.example.com' }, problem: /Issuer URL must be HTTPS/ },
    { environment: { PUBLIC_BASE_URL: 'https://a.example/gateway' }, problem: /no path/ },
    { environment: { PORT: '0' }, problem: /PUBLIC_BASE_URL: must be set/ },
    {
      environment: { SESSION_SECRET: 'change-me-to-random-string-0123456789' },
      problem: /SESSION_SECRET: is an example/,
    },
    { environment: { SESSION_SECRET: strong.slice(1) }, problem: /SESSION_SECRET: is an example/ },
    { environment: { SESSION_SECRET: 'ab'.repeat(20) }, problem: /SESSION_SECRET: is an example/ },
    {
      environment: { CHATGPT_CLIENT_SECRET: strong, CHATGPT_REDIRECT_URI: 'https://x.example' },
      problem: /CHATGPT_CLIENT_SECRET: needs/,
    },
    { environment: { OAUTH_ENABLED: 'perhaps' }, problem: /OAUTH_ENABLED: must be auto, true or false/ },
  ])('stops the start with $environment', async ({ environment, problem }) => {
    await expect(configFrom('', { OAUTH_ENABLED: 'true', ...environment })).rejects.toThrow(problem);
    await expect(configFrom('', { ...environment, OAUTH_ENABLED: 'false' })).resolves.toMatchObject({ use: 'serve' });
  });
});
