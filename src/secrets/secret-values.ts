import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { GatewayError } from '../base/errors.ts';
import { matchesGlob } from '../base/glob.ts';
import type { Log } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import type { HostId } from '../hosts/host.ts';
import type { Caller } from '../identity/caller.ts';

const execTimeoutMs = 10_000;
const maxBytes = 64 * 1024;
/** A shorter one could not be kept out of what comes back. */
const minBytes = 8;

/** Where a secret comes from, and who may use it on which hosts. */
export interface SecretEntry {
  readonly env?: string | undefined;
  readonly file?: string | undefined;
  readonly exec?: readonly string[] | undefined;
  readonly allow: {
    readonly callers: readonly string[];
    readonly profiles: readonly string[];
    readonly hosts: readonly string[];
  };
}

export interface SecretValuesOptions {
  readonly entries: Readonly<Record<string, SecretEntry>>;
  readonly environment: (name: string) => Secret | undefined;
  /** Told of each value before it is used. */
  readonly redact: (secret: Secret) => void;
  readonly log: Log;
}

/** The secrets that commands and files may be given, read from their sources each time they are used. */
export class SecretValues {
  readonly #options: SecretValuesOptions;
  /** Those that were told: each value once. */
  readonly #told = new Set<string>();

  constructor(options: SecretValuesOptions) {
    this.#options = options;
  }

  /** Throws `secret_unavailable`, which does not say whether there is one that the caller may not use. */
  async valueOf(name: string, caller: Caller, host: HostId): Promise<Secret> {
    const found = Object.hasOwn(this.#options.entries, name) ? this.#options.entries[name] : undefined;
    if (found === undefined || !isAllowed(found.allow, caller, host)) {
      const message = `There is no secret ${name} that you may use on ${host}. Nothing was run. Ask the operator, who names it in sallyport.yaml.`;
      throw new GatewayError('secret_unavailable', message);
    }
    const text = await this.#read(name, found);
    if (Buffer.byteLength(text) < minBytes) throw unavailable(name, `it has fewer than ${minBytes} bytes`);
    const secret = new Secret(text);
    if (!this.#told.has(text)) this.#options.redact(secret);
    this.#told.add(text);
    return secret;
  }

  async #read(name: string, { env, file, exec }: SecretEntry): Promise<string> {
    try {
      if (env !== undefined) return this.#options.environment(env)?.reveal() ?? '';
      if (file !== undefined) return withoutLastNewline(await readFile(file, 'utf8'));
      const [program = '', ...args] = exec ?? [];
      const limits = { timeout: execTimeoutMs, maxBuffer: maxBytes, killSignal: 'SIGKILL' } as const;
      return withoutLastNewline((await promisify(execFile)(program, args, limits)).stdout);
    } catch (error) {
      // What the program wrote may be the secret: it is not logged.
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      this.#options.log.error({ secret: name, code }, 'a secret could not be read from its source');
      throw unavailable(name, 'its source could not be read');
    }
  }
}

function isAllowed({ callers, profiles, hosts }: SecretEntry['allow'], caller: Caller, host: HostId): boolean {
  const isNamed = callers.includes(caller.name) || profiles.includes(caller.profile);
  return isNamed && hosts.some((pattern) => matchesGlob(pattern, host));
}

function unavailable(name: string, why: string): GatewayError {
  const message = `The secret ${name} is not to be had: ${why}. Nothing was run. Tell the operator.`;
  return new GatewayError('secret_unavailable', message);
}

function withoutLastNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}
