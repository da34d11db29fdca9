import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadConfig, type Config, type ConfigSources } from '../../src/config/load.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

/** A working directory with these files in it, and the configuration that comes of it. */
async function configFrom(
  files: Readonly<Record<string, string>>,
  sources: Partial<ConfigSources> = {},
): Promise<{ readonly config: Config; readonly directory: string }> {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'config'), { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text, { mode: 0o600 });
  const workingDir = folder.path;
  const config = await loadConfig({ use: 'serve', flags: {}, environment: {}, workingDir, ...sources });
  return { config, directory: folder.path };
}

describe('the configuration', () => {
  it('has defaults for everything', async () => {
    const { config, directory } = await configFrom({});
    expect(config).toMatchObject({
      configDir: join(directory, 'config'),
      keysDir: join(directory, 'keys'),
      logsDir: join(directory, 'logs'),
      dataDir: join(directory, 'data'),
      serversFile: join(directory, 'config', 'servers.json'),
      host: '127.0.0.1',
      port: 8000,
      logLevel: 'info',
      insecureBind: false,
      rateLimitEnabled: true,
      sshConnectionTimeout: 10,
      sshCommandTimeout: undefined,
      toolsets: undefined,
      hasSecondSeed: false,
      sshAllowAdHocHosts: false,
      sshAllowPasswordArguments: false,
      warnings: [],
    });
  });

  it('takes an option before the environment, that before .env, that before sallyport.yaml', async () => {
    const files = { '.env': 'PORT=3\nHOST=c', 'config/sallyport.yaml': 'port: 4\nhost: d\nlog_level: error\n' };
    const first = await configFrom(files, { flags: { port: '1' }, environment: { PORT: '2', HOST: 'b' } });
    expect(first.config).toMatchObject({ port: 1, host: 'b', logLevel: 'error' });
    const second = await configFrom(files, { environment: { HTTP_PORT: '2' } });
    expect(second.config).toMatchObject({ port: 3, host: 'c' });
  });

  it.each<{ environment: Record<string, string>; expected: Partial<Config> }>([
    { environment: { HOST: 'a', HTTP_HOST: 'b', PORT: '1', HTTP_PORT: '2' }, expected: { host: 'a', port: 1 } },
    { environment: { HTTP_HOST: 'b', HTTP_PORT: '2' }, expected: { host: 'b', port: 2 } },
    {
      environment: {
        SSH_CONNECTION_TIMEOUT: '7',
        SSH_CONNECT_TIMEOUT: '8',
        SSH_COMMAND_TIMEOUT: '9',
        COMMAND_TIMEOUT: '1',
      },
      expected: { sshConnectionTimeout: 7, sshCommandTimeout: 9 },
    },
    {
      environment: { SSH_CONNECT_TIMEOUT: '8', COMMAND_TIMEOUT: '1' },
      expected: { sshConnectionTimeout: 8, sshCommandTimeout: 1 },
    },
    { environment: { PUBLIC_BASE_URL: 'https://a.example/x/' }, expected: { publicBaseUrl: 'https://a.example/x' } },
    { environment: { LOG_LEVEL: 'WARNING', DEBUG: 'true' }, expected: { logLevel: 'warn' } },
    { environment: { DEBUG: 'true' }, expected: { logLevel: 'debug' } },
    { environment: { DEBUG: 'express:*' }, expected: { logLevel: 'info' } },
    { environment: { PORT: '', SSH_DEFAULT_HOST: '' }, expected: { port: 8000, sshDefaultHost: undefined } },
    { environment: { TRUSTED_PROXIES: '10.0.0.0/8, ::1' }, expected: { trustedProxies: ['10.0.0.0/8', '::1'] } },
    { environment: { RATE_LIMIT_ENABLED: 'False' }, expected: { rateLimitEnabled: false } },
    {
      environment: { SALLYPORT_TOOLSETS: ' ssh-mcp-server ,core' },
      expected: { toolsets: ['ssh-mcp-server', 'core'] },
    },
    { environment: { SSH_ALLOW_ADHOC_HOSTS: 'true' }, expected: { sshAllowAdHocHosts: true } },
    { environment: { SSH_DEFAULT_HOST: 'h', SSH_DEFAULT_USER: 'u' }, expected: { hasSecondSeed: true } },
    { environment: { GOOGLE_CLIENT_ID: 'x' }, expected: { hasSecondSeed: true } },
  ])('reads the variables of both seeds: $environment', async ({ environment, expected }) => {
    expect((await configFrom({}, { environment })).config).toMatchObject(expected);
  });

  it('tells everything that is wrong at once, with its place, and no secret', async () => {
    const yaml = 'port: many\nlisten_adress: x\nlog_levl: info\n';
    const failed = configFrom(
      { 'config/sallyport.yaml': yaml, '.env': '\nTOKEN_EXPIRY_HOURS=soon' },
      {
        environment: {
          TLS_CERT_FILE: '/x',
          SALLYPORT_INSECURE_BIND: 'maybe',
          TRUSTED_PROXIES: '10.0.0.0/33',
          PUBLIC_BASE_URL: 'https://user:hunter2@a.example',
          SSH_DEFAULT_HOST: 'h',
        },
      },
    );
    const problems: unknown = await failed.catch((error: unknown) =>
      error instanceof Error && 'code' in error && error.code === 'config_invalid' ? error.message : error,
    );
    expect(String(problems).replaceAll(/\S*sallyport-test-\w+/g, '')).toBe(
      [
        '/config/sallyport.yaml:2:1: unknown setting listen_adress',
        '/config/sallyport.yaml:3:1: unknown setting log_levl (did you mean log_level?)',
        '/config/sallyport.yaml:1:7: port: must be a whole number, 0 to 65535',
        'PUBLIC_BASE_URL: must be an http or https URL without user, query or fragment',
        'SALLYPORT_INSECURE_BIND: must be true or false',
        'TRUSTED_PROXIES: must be a list of addresses or networks such as 10.0.0.0/8',
        '/.env:2:1: TOKEN_EXPIRY_HOURS: must be a whole number, 1 to 1000000',
        'TLS_CERT_FILE and TLS_KEY_FILE: set both or neither',
        'SSH_DEFAULT_USER: must be set where SSH_DEFAULT_HOST is',
      ].join('\n'),
    );
  });

  it.each([
    { names: 'core,ssh-mcp-sever', says: 'no set of tools is called "ssh-mcp-sever" (did you mean ssh-mcp-server?)' },
    { names: 'Core', says: 'no set of tools is called "Core" (did you mean core?)' },
    { names: ',', says: 'must be a list of core, ssh-mcp-server' },
  ])('refuses the sets of tools $names', async ({ names, says }) => {
    await expect(configFrom({}, { environment: { SALLYPORT_TOOLSETS: names } })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(`SALLYPORT_TOOLSETS: ${says}`),
    });
  });

  it.each(['port: [', '- a', 'port: 1\nport: 2'])('refuses a sallyport.yaml that is not settings: %s', async (yaml) => {
    await expect(configFrom({ 'config/sallyport.yaml': yaml })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/sallyport\.yaml:\d+:\d+: /),
    });
  });

  it('refuses a sallyport.yaml that others can write', async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'sallyport.yaml'), '');
    chmodSync(join(folder.path, 'sallyport.yaml'), 0o666);
    await expect(configFrom({}, { flags: { configDir: folder.path } })).rejects.toThrow('chmod go-w');
  });

  it.each([
    { APPROVAL_WEBHOOK_SECRET: 'short' },
    { APPROVAL_WEBHOOK_SECRET: 'a'.repeat(40) },
    { APPROVAL_WEBHOOK_SECRET: 'change-me-0123456789-abcdefghijklmnopqrstuvw' },
    { APPROVAL_WEBHOOK_SECRET: 'your_secret_here_0123456789_abcdefghijklm' },
    { APPROVAL_WEBHOOK_URL: 'http://hooks.example.com/x' },
    { APPROVAL_WEBHOOK_URL: 'https://user:password@hooks.example.com/x' },
    { APPROVAL_WEBHOOK_URL: 'http://localhost.evil.example/x' },
    { APPROVAL_WEBHOOK_URL: 'ftp://127.0.0.1/x' },
    { APPROVAL_WEBHOOK_URL: 'hooks' },
  ])('does not start with a webhook that is unsafe, and says which variable: %o', async (environment) => {
    const usual = { APPROVAL_WEBHOOK_SECRET: 'k7Jq0uYw3VbN9eXz5TcR1mLs8HdFgA2oPiQy4WnE6tU=' };
    const usualUrl = { APPROVAL_WEBHOOK_URL: 'https://hooks.example.com/x?key=hunter2' };
    const failure: unknown = await configFrom({}, { environment: { ...usual, ...usualUrl, ...environment } }).catch(
      (error: unknown) => error,
    );
    const [name = ''] = Object.keys(environment);
    expect(String(failure)).toContain(`${name}: must`.slice(0, name.length + 2));
    expect(String(failure)).not.toMatch(/hunter2|password@|change-me|your_secret/);
  });

  it.each([
    ['udp://logs.example.com', { transport: 'udp', host: 'logs.example.com', port: 514 }],
    ['tcp://10.0.0.1:601/', { transport: 'tcp', host: '10.0.0.1', port: 601 }],
    ['tls://[fd00::1]', { transport: 'tls', host: 'fd00::1', port: 6514 }],
  ])('takes the syslog receiver %s', async (url, receiver) => {
    const { config } = await configFrom({}, { environment: { AUDIT_EXPORT_SYSLOG: url } });
    expect(config.auditExportSyslog).toEqual(receiver);
  });

  it.each([
    'logs.example.com:514',
    'http://x',
    'udp://',
    'tcp://x:0',
    'tcp://x:99999',
    'tls://u:p@x',
    'tcp://x/path',
    'tcp://x\u001B',
  ])('does not take the syslog receiver %j, and says which variable', async (url) => {
    const loading = configFrom({}, { environment: { AUDIT_EXPORT_SYSLOG: url } });
    await expect(loading).rejects.toThrow('AUDIT_EXPORT_SYSLOG: must be udp://HOST:PORT');
  });

  it('takes an export of the audit to a webhook with its secret, and not without', async () => {
    const environment = { AUDIT_EXPORT_WEBHOOK_URL: 'https://hooks.example.com/x' };
    await expect(configFrom({}, { environment })).rejects.toThrow('AUDIT_EXPORT_WEBHOOK_SECRET: must be set');
  });

  it('takes a webhook with its secret, and not without', async () => {
    const url = { APPROVAL_WEBHOOK_URL: 'http://127.0.0.1:9/x' };
    const key = { APPROVAL_WEBHOOK_SECRET: 'whsec_k7Jq0uYw3VbN9eXz5TcR1mLs8HdFgA2oPiQy4WnE6tU=' };
    const { config } = await configFrom({}, { environment: { ...url, ...key } });
    expect(config.approvalWebhookUrl?.href).toBe('http://127.0.0.1:9/x');
    expect(inspect(config)).not.toContain('k7Jq0');
    await expect(configFrom({}, { environment: url })).rejects.toThrow('APPROVAL_WEBHOOK_SECRET: must be set');
  });

  it('keeps secrets secret, and gives those that files name', async () => {
    const environment = { MCP_TOKEN: 'hunter2', SSH_DEFAULT_PASSWORD: 'hunter2', WEB_PASS: 'hunter2' };
    const { config } = await configFrom({}, { environment });
    expect(config.mcpToken?.reveal()).toBe('hunter2');
    expect(config.secretFromEnv('WEB_PASS')?.reveal()).toBe('hunter2');
    expect(config.secretFromEnv('OTHER')).toBeUndefined();
    expect(inspect(config, { depth: null }) + JSON.stringify(config)).not.toContain('hunter2');
  });

  it('has one line for the variables it accepts without use', async () => {
    const environment = { JWT_SECRET: 'x', RELOAD: 'true' };
    expect((await configFrom({}, { environment })).config.warnings).toEqual([
      'Accepted but without use: RELOAD, JWT_SECRET',
    ]);
  });
});

describe('for stdio, the configuration', () => {
  const hostile = {
    '.env': 'SSH_DEFAULT_HOST=evil\nSSH_DEFAULT_USER=root\nCONFIG_DIR=./config',
    'config/sallyport.yaml': 'log_level: debug',
  };

  it('comes from XDG directories, and nothing from the working directory', async () => {
    const environment = { XDG_CONFIG_HOME: '/xdg/config', XDG_STATE_HOME: '/xdg/state' };
    const { config } = await configFrom(hostile, { use: 'stdio', environment });
    expect(config).toMatchObject({
      configDir: '/xdg/config/sallyport',
      keysDir: '/xdg/config/sallyport/keys',
      dataDir: '/xdg/state/sallyport',
      logsDir: '/xdg/state/sallyport/logs',
      workingDir: undefined,
      sshDefaultHost: undefined,
      logLevel: 'info',
    });
  });

  it('ignores relative XDG directories: they would lie in the working directory', async () => {
    const environment = { XDG_CONFIG_HOME: '.', XDG_STATE_HOME: 'state' };
    const { config, directory } = await configFrom(hostile, { use: 'stdio', environment });
    const isElsewhere = (path: string): boolean => isAbsolute(path) && !path.startsWith(directory);
    expect([config.configDir, config.keysDir, config.dataDir, config.logsDir].filter(isElsewhere)).toHaveLength(4);
  });

  it('takes what it is told: options and environment', async () => {
    const environment = { CONFIG_DIR: '/elsewhere/config', DATA_DIR: '/elsewhere/data' };
    const { config } = await configFrom({}, { use: 'stdio', environment });
    expect(config).toMatchObject({
      configDir: '/elsewhere/config',
      keysDir: '/elsewhere/keys',
      dataDir: '/elsewhere/data',
    });
  });
});

describe('for an operator, the configuration', () => {
  it('is beside them, without .env', async () => {
    const { config, directory } = await configFrom({ '.env': 'KEYS_DIR=/elsewhere' }, { use: 'operator' });
    expect(config).toMatchObject({ configDir: join(directory, 'config'), keysDir: join(directory, 'keys') });
  });
});
