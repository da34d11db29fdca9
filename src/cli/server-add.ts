import type { JsonMembers } from '../base/json-file.ts';
import { checkConfigFile } from '../base/file-modes.ts';
import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { configInvalid } from '../base/problem.ts';
import type { Secret } from '../base/secret.ts';
import type { Config } from '../config/load.ts';
import { putServer, serverEntries, withServer } from '../hosts/edit-servers.ts';
import type { Host } from '../hosts/host.ts';
import { askSecret, askToConfirm, readSecretFromStdin } from './ask.ts';
import { Failed, UsageError } from './exit-code.ts';
import { consentToHostKey, type HostKeyOptions } from './host-key-consent.ts';
import { installKey } from './install-key.ts';
import { makePrivateDirectory, openConfig, type CommonOptions } from './open-config.ts';
import { openOperatorGateway, testServer } from './operator-gateway.ts';
import { recorded } from './recorded.ts';
import { createScreen, type Screen } from './screen.ts';
import { askAboutServer, type ServerFlags } from './server-answers.ts';
import { keyForServer, type KeyFlags, type ServerKey } from './server-key.ts';
import { serversFrom } from './servers-of.ts';
import { shellWord } from '../base/shell-word.ts';

export interface ServerAddOptions extends CommonOptions, ServerFlags, KeyFlags {
  readonly acceptHostKey?: boolean;
  readonly hostKeyFingerprint?: string;
  readonly passwordEnv?: string;
  readonly passwordStdin?: boolean;
  readonly saveAnyway?: boolean;
}

interface Setup {
  readonly config: Config;
  readonly log: Log;
  readonly screen: Screen;
  readonly options: ServerAddOptions;
  readonly host: Host;
  readonly key: ServerKey;
}

/**
 * Adds a server and puts a key of ours on it.
 *
 * The host key is compared and stored before any login is tried; the password goes to that verified host alone, once;
 * then the login is tested with nothing but the key. Nothing is saved before that, unless the operator wants it so.
 */
export async function serverAdd(nameArgument: string | undefined, given: ServerAddOptions): Promise<void> {
  const options = nameArgument === undefined ? given : { ...given, name: nameArgument };
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  await makePrivateDirectory(config.configDir);
  for (const warning of await checkConfigFile(config.serversFile)) log.warn(warning);
  const existing = await serverEntries(config.serversFile);
  const { name, entry: described } = await askAboutServer(screen, options, existing);
  const key = await keyForServer(name, options, config);
  const entry: JsonMembers = {
    ...described,
    ssh_key_path: key.path,
    ssh_key_passphrase_env: options.keyPassphraseEnv ?? null,
  };
  const host = stagedHost(config, withServer(existing, name, entry), name);

  const failure = await setUpKey({ config, log, screen, options, host, key });
  if (failure !== undefined) await confirmSaving(screen, { options, host, key, failure });
  const { host: address, port, user } = described;
  const metadata = {
    host: address,
    port,
    user,
    replaced: Object.hasOwn(existing, name),
    tested: failure === undefined,
  };
  const change = { tool: 'server add', eventType: 'server_added', serverName: name, metadata } as const;
  await recorded(change, { config, log }, () => putServer(config.serversFile, name, entry));
  const json = {
    success: true,
    server: name,
    ssh_key_path: key.path,
    tested: failure === undefined,
    ...(failure && { code: failure.code, error: failure.message }),
  };
  screen.show({ text: [`✓ Server '${name}' added`], json });
}

function stagedHost(config: Config, servers: JsonMembers, name: string): Host {
  const { hosts, problems } = serversFrom(config, servers);
  const host = [...hosts.values()].find(({ id }) => id === name);
  if (host !== undefined) return host;
  // Without their positions: those are of a text that nobody has seen.
  throw configInvalid(problems.map(({ what }) => what).filter((what) => what.startsWith(`servers.${name}`)));
}

/** Undefined when the host lets the key in; else why not. */
async function setUpKey(setup: Setup): Promise<GatewayError | undefined> {
  const { screen, host, key } = setup;
  try {
    const consent = await consentToHostKey(host, hostKeyOptions(setup.options), setup);
    if (consent.kind === 'declined') {
      return new GatewayError('host_key_unknown', 'The host key was not trusted, so no login was tried');
    }
    if (key.origin === 'made' || !(await letsIn(setup))) {
      if (key.origin !== 'given') await addKeyByPassword(setup);
      screen.say(`System info: ${await testLogin(setup)}`);
    }
    screen.say('✓ Connection test passed!');
    return undefined;
  } catch (error) {
    if (error instanceof GatewayError && error.code !== 'config_invalid') return error;
    throw error;
  }
}

function hostKeyOptions({ acceptHostKey, hostKeyFingerprint }: ServerAddOptions): HostKeyOptions {
  return { acceptHostKey, fingerprint: hostKeyFingerprint };
}

async function letsIn(setup: Setup): Promise<boolean> {
  try {
    await testLogin(setup);
    return true;
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'host_login_refused') return false;
    throw error;
  }
}

/** Logs in with the key and nothing else. */
async function testLogin({ config, log, host }: Setup): Promise<string> {
  await using gateway = await openOperatorGateway(config, { log, stagedHosts: [host] });
  return await testServer(gateway, host.id);
}

async function addKeyByPassword({ config, log, screen, options, host, key }: Setup): Promise<void> {
  const password = await passwordOf(screen, options, config);
  const byPassword: Host = { ...host, credentials: { keys: [], agent: undefined, password } };
  await using gateway = await openOperatorGateway(config, { log, stagedHosts: [byPassword] });
  await installKey(gateway, host.id, key.publicLine);
  screen.say(`✓ Key added on ${host.id}`);
}

async function passwordOf(screen: Screen, options: ServerAddOptions, config: Config): Promise<Secret> {
  if (options.passwordStdin === true) return await readSecretFromStdin();
  if (options.passwordEnv !== undefined) {
    const secret = config.secretFromEnv(options.passwordEnv);
    if (secret === undefined) throw new UsageError(`--password-env: ${options.passwordEnv} is not set`);
    return secret;
  }
  return await askSecret(screen, {
    flags: '--password-env NAME or --password-stdin',
    message: 'Password (used once, to add the key; never stored)',
  });
}

/** Says what failed and how to do it by hand; throws unless the operator wants the server saved all the same. */
async function confirmSaving(
  screen: Screen,
  { options, host, key, failure }: Pick<Setup, 'options' | 'host' | 'key'> & { readonly failure: GatewayError },
): Promise<void> {
  const port = host.port === 22 ? [] : ['-p', String(host.port)];
  const command = ['ssh-copy-id', '-i', `${key.path}.pub`, ...port, `${host.user}@${host.address}`].map(shellWord);
  screen.say(`✗ ${failure.message}`);
  screen.say(`Add the key yourself: ${command.join(' ')}`);
  const isWanted = await askToConfirm(screen, {
    flag: '--save-anyway',
    message: 'Continue saving server configuration anyway?',
    given: options.saveAnyway,
    otherwise: 'no',
  });
  if (isWanted) return;
  screen.say('Nothing was saved. --save-anyway saves it all the same.');
  if (screen.isJson) {
    screen.show({ text: [], json: { success: false, server: host.id, code: failure.code, error: failure.message } });
  }
  throw new Failed(failure.message);
}
