import { GatewayError } from '../base/errors.ts';

/** Stands in a command or a text for a secret that the gateway puts there. */
const reference = /\{\{secret:([a-z][a-z0-9_]{0,63})\}\}/g;
const anyReference = /\{\{\s*secret\s*:/i;
const variablePrefix = 'SALLYPORT_SECRET_';

/** The names of the secrets that a text refers to, each once. Throws `invalid_input` for what only looks like a reference. */
export function secretsNamed(text: string): readonly string[] {
  if (anyReference.test(text.replace(reference, ''))) {
    const message =
      'A secret is referred to as {{secret:name}}, with a name of lower-case letters, digits and underscores.';
    throw new GatewayError('invalid_input', message);
  }
  return [...new Set([...text.matchAll(reference)].map(([, name = '']) => name))];
}

/** The text with its secrets in it. */
export function filled(text: string, valueOf: (name: string) => string): string {
  return text.replace(reference, (_, name: string) => valueOf(name));
}

/** The command with a variable of the shell in place of each reference. */
export function withVariables(command: string): string {
  return command.replace(reference, (_, name: string) => `\${${secretVariable(name)}}`);
}

export function secretVariable(name: string): string {
  return variablePrefix + name;
}

/** Where variables for secrets stand in a text. */
export function variablesIn(text: string): readonly number[] {
  return [...text.matchAll(new RegExp(variablePrefix, 'g'))].map(({ index }) => index);
}

/** Whether there is a variable for a secret in it. */
export function hasVariable(text: string): boolean {
  return text.includes(variablePrefix);
}
