import { join, resolve } from 'node:path';
import { configInvalid, describeProblem } from '../base/problem.ts';
import { Secret } from '../base/secret.ts';
import { defaultPlaces, type Use } from './places.ts';
import { settings, yamlKey, type SettingName, type Settings } from './schema.ts';
import { unusedVariables } from './seed-variables.ts';
import { oauthOriginOf, oauthProblems } from './oauth-origin.ts';
import type { Setting } from './setting.ts';
import { readDotenv, type FileVariable } from './dotenv.ts';
import { readSettingsFile, type SettingsFile } from './settings-file.ts';

/** Values of options, by the setting they set. */
export type Flags = { readonly [Name in SettingName]?: string | undefined };

export interface ConfigSources {
  readonly use: Use;
  readonly flags: Flags;
  /** The process's own unless told. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly workingDir?: string;
  /** A `.env` that must be there; without it only `serve` reads one, that of the working directory, if there is one. */
  readonly dotenvFile?: string | undefined;
}

/** All settings, with the places they lead to. */
export interface Config extends Omit<
  Settings,
  'configDir' | 'keysDir' | 'logsDir' | 'dataDir' | 'transferDir' | 'logLevel' | 'debug'
> {
  readonly use: Use;
  /** Absolute, as are the other directories. */
  readonly configDir: string;
  readonly keysDir: string;
  readonly logsDir: string;
  readonly dataDir: string;
  readonly transferDir: string;
  readonly settingsFile: string;
  readonly serversFile: string;
  readonly tokensFile: string;
  readonly policyFile: string;
  readonly locksFile: string;
  readonly knownHostsFile: string;
  readonly logLevel: NonNullable<Settings['logLevel']>;
  /** Where relative key paths begin; undefined for personal use. */
  readonly workingDir: string | undefined;
  /** The `.env` that was read. */
  readonly dotenvFile: string | undefined;
  /** The environment of this process, for programs it starts; `.env` is not in it. A function, so that no log shows it. */
  readonly environment: () => Readonly<Record<string, string | undefined>>;
  /** Whether the settings are those of the second seed, whose users expect its tools. */
  readonly hasSecondSeed: boolean;
  /** The origin under which clients sign in over OAuth; undefined: they cannot. */
  readonly oauthOrigin: string | undefined;
  /** Socket of the ssh-agent of this process. */
  readonly agentSocket: string | undefined;
  /** All of it as it would be read now. Rejects as `loadConfig` does. */
  readonly readAgain: () => Promise<Config>;
  /** Secrets that configuration files refer to by name. */
  readonly secretFromEnv: (name: string) => Secret | undefined;
  /** To be logged once there is a log. */
  readonly warnings: readonly string[];
}

/** One value and how to name its origin; the value itself is never shown. */
interface Sourced {
  readonly value: unknown;
  readonly origin: string;
}

type Variables = (name: string) => { readonly value: string; readonly origin: string } | undefined;

/**
 * Settings from options, environment, `.env` (of `serve` alone), `sallyport.yaml` and defaults, in this order.
 *
 * Throws `config_invalid` with everything that is wrong at once.
 */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const { use, flags, environment = process.env, workingDir = process.cwd() } = sources;
  const dotenvFile = resolve(workingDir, sources.dotenvFile ?? '.env');
  const isAsked = sources.dotenvFile !== undefined;
  const dotenv = isAsked || use === 'serve' ? await readDotenv(dotenvFile) : ({ kind: 'absent' } as const);
  if (isAsked && dotenv.kind === 'absent') throw configInvalid([`${dotenvFile} does not exist`]);
  if (isAsked && dotenv.kind === 'refused') throw configInvalid([dotenv.why]);
  const fromFile = dotenv.kind === 'read' ? dotenv.variables : new Map<string, FileVariable>();
  const variables = variablesOf(environment, fromFile, dotenvFile);

  const configured = flags.configDir ?? variables('CONFIG_DIR')?.value;
  const places = defaultPlaces({ use, configured, environment, workingDir });
  const settingsFile = join(places.configDir, 'sallyport.yaml');
  const file = await readSettingsFile(settingsFile);
  const { values, problems } = readSettings(flags, variables, file, settingsFile);
  const oauthOrigin = use === 'serve' ? oauthOriginOf(values) : undefined;
  const all = [
    ...file.problems.map(describeProblem),
    ...problems,
    ...contradictions(values),
    ...oauthProblems(oauthOrigin, values),
  ];
  if (all.length > 0) throw configInvalid(all);

  const placeOf = (value: string | undefined, otherwise: string): string =>
    value === undefined ? otherwise : resolve(workingDir, value);
  return {
    ...values,
    use,
    configDir: places.configDir,
    keysDir: placeOf(values.keysDir, places.keysDir),
    logsDir: placeOf(values.logsDir, places.logsDir),
    dataDir: placeOf(values.dataDir, places.dataDir),
    transferDir: placeOf(values.transferDir, join(placeOf(values.dataDir, places.dataDir), 'transfers')),
    auditExportFile: values.auditExportFile === undefined ? undefined : resolve(workingDir, values.auditExportFile),
    settingsFile,
    serversFile: join(places.configDir, 'servers.json'),
    tokensFile: join(places.configDir, 'tokens.json'),
    policyFile: join(places.configDir, 'policy.yaml'),
    locksFile: join(placeOf(values.dataDir, places.dataDir), 'locks.json'),
    knownHostsFile: join(places.configDir, 'known_hosts'),
    logLevel: values.logLevel ?? (values.debug ? 'debug' : 'info'),
    workingDir: use === 'stdio' ? undefined : workingDir,
    dotenvFile: dotenv.kind === 'read' ? dotenvFile : undefined,
    environment: () => environment,
    hasSecondSeed: values.sshDefaultHost !== undefined || values.googleClientId !== undefined,
    oauthOrigin,
    agentSocket: variables('SSH_AUTH_SOCK')?.value,
    readAgain: async () => await loadConfig(sources),
    secretFromEnv: (name) => {
      const variable = variables(name);
      return variable && new Secret(variable.value);
    },
    warnings: [...(dotenv.kind === 'refused' ? [dotenv.why] : []), ...file.warnings, ...variableWarnings(variables)],
  };
}

/** What is set to the empty text counts as not set: container files pass on variables that way. */
function variablesOf(
  environment: NonNullable<ConfigSources['environment']>,
  fromFile: ReadonlyMap<string, FileVariable>,
  file: string,
): Variables {
  return (name) => {
    const own = environment[name];
    if (own !== undefined) return own === '' ? undefined : { value: own, origin: name };
    const found = fromFile.get(name);
    return found && found.value !== '' ? { value: found.value, origin: `${file}:${found.line}:1: ${name}` } : undefined;
  };
}

function readSettings(
  flags: Flags,
  variables: Variables,
  file: SettingsFile,
  fileName: string,
): { readonly values: Settings; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const values = Object.entries(settings).map(([name, entry]): readonly [string, unknown] => {
    const source = sourceOf(name, entry, { flags, variables, file, fileName });
    if (source === undefined) return [name, entry.default];
    const { data, error } = entry.schema.safeParse(source.value);
    if (error) problems.push(`${source.origin}: ${error.issues[0]?.message ?? 'bad value'}`);
    return [name, error ? entry.default : data];
  });
  return { values: toSettings(Object.fromEntries(values)), problems };
}

function toSettings(values: object): Settings {
  if (!isSettings(values)) throw new Error('a setting was not read');
  return values;
}

/** Every value passed its own schema; that none is missing is what is left to know. */
function isSettings(values: object): values is Settings {
  return Object.keys(settings).every((name) => name in values);
}

interface SettingSources {
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly variables: Variables;
  readonly file: SettingsFile;
  readonly fileName: string;
}

function sourceOf(
  name: string,
  entry: Pick<Setting<unknown>, 'env' | 'flag'>,
  { flags, variables, file, fileName }: SettingSources,
): Sourced | undefined {
  const flag = flags[name];
  if (flag !== undefined) return { value: flag, origin: entry.flag ?? name };
  for (const variable of entry.env) {
    const found = variables(variable);
    if (found !== undefined) return found;
  }
  const found = file.values.get(yamlKey(name));
  return found && { value: found.value, origin: `${fileName}:${found.line}:${found.column}: ${yamlKey(name)}` };
}

function contradictions(values: Settings): readonly string[] {
  const problems: string[] = [];
  if ((values.tlsCertFile === undefined) !== (values.tlsKeyFile === undefined)) {
    problems.push('TLS_CERT_FILE and TLS_KEY_FILE: set both or neither');
  }
  if (values.sshDefaultHost !== undefined && values.sshDefaultUser === undefined) {
    problems.push('SSH_DEFAULT_USER: must be set where SSH_DEFAULT_HOST is');
  }
  const webhooks = [
    ['APPROVAL_WEBHOOK', values.approvalWebhookUrl, values.approvalWebhookSecret],
    ['AUDIT_EXPORT_WEBHOOK', values.auditExportWebhookUrl, values.auditExportWebhookSecret],
  ] as const;
  for (const [name, url, key] of webhooks) {
    if (url === undefined || key !== undefined) continue;
    problems.push(`${name}_SECRET: must be set where ${name}_URL is; openssl rand -base64 32 makes one`);
  }
  return problems;
}

function variableWarnings(variables: Variables): readonly string[] {
  const set = (names: readonly string[]): readonly string[] => names.filter((name) => variables(name) !== undefined);
  const unused = set(Object.keys(unusedVariables));
  return unused.length > 0 ? [`Accepted but without use: ${unused.join(', ')}`] : [];
}
