import { GatewayError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import type { HostId } from '../hosts/host.ts';
import type { Caller } from '../identity/caller.ts';
import { filled, hasVariable, secretsNamed, secretVariable, withVariables } from './reference.ts';
import { areSecretsHidden } from './secret-places.ts';
import type { SecretValues } from './secret-values.ts';

/** Variables of the shell and their values, given to a command on its standard input. */
export type SecretVariables = ReadonlyMap<string, Secret>;

/** The secrets of one caller's calls. */
export class CallSecrets {
  readonly #values: SecretValues;
  readonly #caller: Caller;

  constructor(values: SecretValues, caller: Caller) {
    this.#values = values;
    this.#caller = caller;
  }

  /** What the command as its caller gave it needs; undefined where it needs none. Throws `secret_unavailable`: then nothing may run. */
  async forCommand(host: HostId, command: string): Promise<SecretVariables | undefined> {
    const names = secretsNamed(command);
    if (names.length === 0 && !hasVariable(command)) return undefined;
    if (names.length === 0 || hasVariable(command) || !areSecretsHidden(withVariables(command))) throw shown();
    const variables = new Map<string, Secret>();
    for (const name of names) {
      const value = await this.#values.valueOf(name, this.#caller, host);
      if (/[\n\r\0]/.test(value.reveal())) throw severalLines(name);
      variables.set(secretVariable(name), value);
    }
    return variables;
  }

  /** The text of a file with its secrets in it. */
  async fill(host: HostId, text: string): Promise<string> {
    const values = new Map<string, string>();
    for (const name of secretsNamed(text)) {
      values.set(name, (await this.#values.valueOf(name, this.#caller, host)).reveal());
    }
    return values.size === 0 ? text : filled(text, (name) => values.get(name) ?? '');
  }
}

function shown(): GatewayError {
  const message =
    'Here a secret would show in the list of processes, so nothing was run. Put it in the environment of the program ' +
    '(NAME={{secret:name}} program), or give it on its standard input (printf %s "{{secret:name}}" | program); behind ' +
    'sudo and other wrappers, on standard input alone.';
  return new GatewayError('secret_unavailable', message);
}

function severalLines(name: string): GatewayError {
  const message = `The secret ${name} has several lines, which no command can be given. Nothing was run. Write it to a file with write_file.`;
  return new GatewayError('secret_unavailable', message);
}
