import { z } from 'zod';
import { isLoopbackName } from '../base/outbound-address.ts';
import { logLevels, type LogLevel } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import { didYouMean } from '../base/did-you-mean.ts';
import { isNetwork } from '../base/networks.ts';

/** One setting: where it may come from, what it may be, what it is for. */
export interface Setting<T> {
  /** Environment variables, the first that is set wins. */
  readonly env: readonly string[];
  /** Its option on the command line. */
  readonly flag?: string;
  /** Takes text, as from the environment, and what YAML makes of it. Its messages quote no value. */
  readonly schema: z.ZodType<T>;
  readonly default: T;
  /** What is shown as default where it depends on more than this table. */
  readonly defaultText?: string;
  /** The values it takes, in a word or two. */
  readonly takes: string;
  readonly meaning: string;
}

/** What a setting takes, and how that is called. */
export interface SettingType<T> {
  readonly takes: string;
  readonly schema: z.ZodType<T>;
}

export const text: SettingType<string> = {
  takes: 'text',
  schema: z.string({ error: 'must be text' }).regex(/^\P{Cc}+$/u, { error: 'must be text without control characters' }),
};

export const secret: SettingType<Secret> = {
  takes: 'secret text',
  schema: z
    .string({ error: 'must be text' })
    .min(1, { error: 'must not be empty' })
    .transform((value) => new Secret(value)),
};

/** Published values and words for "put yours here", whatever stands around them. */
const placeholder =
  /change.?(?:me|this)|example|placeholder|replace.?(?:me|this|with)|your.?(?:secret|key|own)|(.)\1{7}/i;

/** A secret that something is signed with. Whoever could guess it could sign. */
export const signingSecret: SettingType<Secret> = {
  takes: 'secret text of 32 characters or more',
  schema: z
    .string({ error: 'must be text' })
    .min(32, { error: 'must have 32 characters or more; make one with: openssl rand -base64 32' })
    .refine((value) => !placeholder.test(value) && new Set(value).size >= 10, {
      error: 'is an example or easy to guess; make another with: openssl rand -base64 32',
    })
    .transform((value) => new Secret(value)),
};

/** Where messages are posted: https, or http to this machine alone. Its path and query may be known to nobody else. */
export const webhookUrl: SettingType<URL> = {
  takes: 'https URL',
  schema: z
    .string({ error: 'must be a URL' })
    .refine(isWebhookUrl, { error: 'must be an https URL without user or fragment; http only for loopback addresses' })
    .transform((value) => new URL(value)),
};

function isWebhookUrl(value: string): boolean {
  const url = URL.parse(value);
  if (url === null || [url.username, url.password, url.hash].some((part) => part !== '')) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackName(url.hostname));
}

/** Where a syslog receiver listens, as a URL: `udp://`, `tcp://` or `tls://`, each with its usual port. */
export const syslogUrl: SettingType<SyslogReceiver> = {
  takes: 'udp, tcp or tls URL',
  schema: z
    .string({ error: 'must be a URL' })
    .refine((value) => syslogReceiver(value) !== undefined, {
      error: 'must be udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, and nothing else',
    })
    .transform((value) => syslogReceiver(value) ?? { transport: 'udp', host: '', port: 0 }),
};

export interface SyslogReceiver {
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
}

/** RFC 5426, RFC 6587 (in use, never assigned), RFC 5425. */
const syslogPorts = { udp: 514, tcp: 601, tls: 6514 } as const;

function syslogReceiver(value: string): SyslogReceiver | undefined {
  const [, transport, bracketed, name, port] =
    /^(udp|tcp|tls):\/\/(?:\[([0-9a-fA-F:.]+)\]|([a-zA-Z0-9._-]+))(?::(\d{1,5}))?\/?$/.exec(value) ?? [];
  if (transport !== 'udp' && transport !== 'tcp' && transport !== 'tls') return undefined;
  const number = port === undefined ? syslogPorts[transport] : Number(port);
  const host = bracketed ?? name;
  return host === undefined || number < 1 || number > 65_535 ? undefined : { transport, host, port: number };
}

export function wholeNumber(least: number, most: number): SettingType<number> {
  const takes = `${least} to ${most}`;
  const error = `must be a whole number, ${takes}`;
  const toNumber = (value: unknown): unknown =>
    typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
  return { takes, schema: z.preprocess(toNumber, z.int({ error }).min(least, { error }).max(most, { error })) };
}

export const port = wholeNumber(1, 65_535);

/** Also zero, for which the system picks one. */
export const listenPort = wholeNumber(0, 65_535);

const switchWords = new Map<unknown, boolean>([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);

export const onOff: SettingType<boolean> = {
  takes: 'true or false',
  schema: z.preprocess(
    (value) => (typeof value === 'string' ? switchWords.get(value.trim().toLowerCase()) : value),
    z.boolean({ error: 'must be true or false' }),
  ),
};

/** On, off, or as other settings suggest. */
export const onOffAuto: SettingType<boolean | 'auto'> = {
  takes: 'auto, true or false',
  schema: z.preprocess(
    (value) => (typeof value === 'string' ? (switchWords.get(value.trim().toLowerCase()) ?? value) : value),
    z.union([z.boolean(), z.literal('auto')], { error: 'must be auto, true or false' }),
  ),
};

const names = z.array(z.string().min(1)).default([]);
const secretEntry = z
  .strictObject({
    env: z.string().min(1).optional(),
    file: z.string().min(1).optional(),
    exec: z.array(z.string().min(1)).min(1).optional(),
    allow: z.strictObject({ callers: names, profiles: names, hosts: names }).prefault({}),
  })
  .refine(({ env, file, exec }) => [env, file, exec].filter((one) => one !== undefined).length === 1, {
    error: 'each secret has one of env, file and exec',
  });

export const secretEntries: SettingType<Readonly<Record<string, z.output<typeof secretEntry>>>> = {
  takes: 'secrets, by name',
  schema: z.record(
    z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, { error: 'secrets are named with lower-case letters, digits and _' }),
    secretEntry,
  ),
};

/** What each entry may hold is for whoever reads it to know. */
export const rules: SettingType<readonly unknown[]> = {
  takes: 'list of rules',
  schema: z.array(z.unknown(), { error: 'must be a list of rules' }),
};

/** Any text but `true` and `1` is off: other programs read variables of this name in their own way. */
export const lenientSwitch: SettingType<boolean> = {
  takes: 'true or false',
  schema: z.preprocess((value) => value === true || /^(?:true|1)$/i.test(String(value)), z.boolean()),
};

function listOf(item: z.ZodType<string>, takes: string): SettingType<readonly string[]> {
  const split = (value: unknown): unknown =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== '')
      : value;
  return { takes, schema: z.preprocess(split, z.array(item, { error: `must be a list: ${takes}` })) };
}

export const list = listOf(z.string(), 'list, by commas');

/** The sets there are: which tools are in them is not for the configuration to know. */
export const toolsetNames = ['core', 'ssh-mcp-server'] as const;
export type ToolsetName = (typeof toolsetNames)[number];

export const toolsets: SettingType<readonly ToolsetName[]> = {
  takes: 'list, by commas',
  schema: list.schema
    .refine((names) => names.length > 0, { error: `must be a list of ${toolsetNames.join(', ')}` })
    .transform((names, context) =>
      names.flatMap((name) => {
        const known = toolsetNames.find((one) => one === name);
        if (known !== undefined) return [known];
        const message = `no set of tools is called ${JSON.stringify(name)}${didYouMean(name, toolsetNames)}; there are ${toolsetNames.join(', ')}`;
        context.issues.push({ code: 'custom', message, input: name });
        return [];
      }),
    ),
};

const networkError = { error: 'must be a list of addresses or networks such as 10.0.0.0/8' };

export const networks = listOf(z.string(networkError).refine(isNetwork, networkError), 'list of networks');

export const origins = listOf(
  z.string().refine((value) => URL.canParse(value) && new URL(value).origin === value, {
    error: 'must be a list of origins such as https://chat.example.com',
  }),
  'list of origins',
);

/** An http or https URL, without the slash at its end. */
export const baseUrl: SettingType<string> = {
  takes: 'URL',
  schema: z
    .string({ error: 'must be a URL' })
    .refine(isBaseUrl, { error: 'must be an http or https URL without user, query or fragment' })
    .transform((value) => value.replace(/\/+$/, '')),
};

function isBaseUrl(value: string): boolean {
  const url = URL.parse(value);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false;
  return [url.username, url.password, url.search, url.hash].every((part) => part === '');
}

/** The names that Python has for them, and others. */
const levelNames: Readonly<Record<string, LogLevel>> = {
  notset: 'debug',
  trace: 'debug',
  warning: 'warn',
  critical: 'error',
  fatal: 'error',
};

export const logLevel: SettingType<LogLevel> = {
  takes: logLevels.join(', '),
  schema: z.preprocess(
    (value) => {
      const name = String(value).trim().toLowerCase();
      return levelNames[name] ?? name;
    },
    z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` }),
  ),
};

/** One entry of the table; the default may be of a type that the schema cannot give, such as undefined. */
export function setting<T, Default>(
  type: SettingType<T>,
  description: Omit<Setting<T | Default>, 'schema' | 'takes' | 'default'> & { readonly default: Default },
): Setting<T | Default> {
  return { ...type, ...description };
}
