import { z } from 'zod';
import { hasControls, hasForbiddenControls } from '../base/untrusted-text.ts';
import { isHostId } from '../hosts/host.ts';
import { tooLarge } from './input.ts';

const maxCommandBytes = 100_000;
const maxPathBytes = 4_096;

/** `error` completes the sentence that the parameter's name begins. */
const text = z.string({ error: 'must be text' });

/** Text of so many bytes in UTF-8 at most, without halves of surrogate pairs: it has one encoding. */
export function textUpTo(maxBytes: number): z.ZodString {
  return text
    .refine((value) => Buffer.byteLength(value) <= maxBytes, {
      error: `is too long: at most ${maxBytes.toLocaleString('en')} bytes`,
      params: tooLarge,
      abort: true,
    })
    .refine((value) => value.isWellFormed(), { error: 'is not well-formed Unicode' });
}

/** A host in the inventory; called a server on the wire. */
export const serverName = text
  .transform((name, context) => {
    if (isHostId(name)) return name;
    context.issues.push({ code: 'custom', message: 'is not a server name. See list_servers', input: name });
    return z.NEVER;
  })
  .describe('Server name, from list_servers');

export const commandText = textUpTo(maxCommandBytes)
  .refine((command) => command.trim() !== '', { error: 'is empty' })
  .refine((command) => !hasForbiddenControls(command), {
    error: 'has control or invisible characters; only tab and newline may stand in a command',
  });

export const remotePath = textUpTo(maxPathBytes)
  .refine((path) => path !== '', { error: 'is empty' })
  .refine((path) => !hasControls(path), { error: 'has control or invisible characters' });

export function wholeNumber(least: number, most: number): z.ZodInt {
  const error = `must be a whole number, ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

export function oneOf<const Values extends readonly [string, ...string[]]>(
  values: Values,
): z.ZodEnum<{ [Value in Values[number]]: Value }> {
  return z.enum(values, { error: `must be ${values.join(' or ')}` });
}

export const flag = z.boolean({ error: 'must be true or false' });
