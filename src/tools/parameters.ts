import { z } from 'zod';
import { hasControls, hasForbiddenControls } from '../base/untrusted-text.ts';
import type { Rights } from '../changes/change.ts';
import { isHostId } from '../hosts/host.ts';
import { isExclusion } from '../hosts/selector.ts';
import { tooLarge } from './input.ts';

const maxCommandBytes = 100_000;
const maxPathBytes = 4_096;
const maxSelectors = 1_000;
const maxSelectorLength = 300;

/** `error` completes the sentence that the parameter's name begins. */
const text = z.string({ error: 'must be text' });

/** Text of so many bytes in UTF-8 at most, without halves of surrogate pairs: it has one encoding. */
export function textUpTo(maxBytes: number): z.ZodString {
  return text
    .refine((value) => Buffer.byteLength(value) <= maxBytes, {
      // When it is needed: the first number written so loads a language's rules.
      error: () => `is too long: at most ${maxBytes.toLocaleString('en')} bytes`,
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
  .describe('From list_servers');

const selector = text
  .min(1, { error: 'is empty' })
  .max(maxSelectorLength, { error: 'is too long' })
  .refine((value) => !hasControls(value), { error: 'has control or invisible characters' });

/** See `selectHosts`. What is left out must be left out of something: nobody means all servers by naming one. */
export const serverSelectors = z
  .array(selector, { error: 'must be a list of texts' })
  .min(1, { error: 'is empty. Name servers, or "*" for all', abort: true })
  .max(maxSelectors, { error: `has more than ${maxSelectors} entries` })
  .refine((selectors) => selectors.some((one) => !isExclusion(one)), {
    error: 'only leaves out servers. Name those to run on too, or "*" for all',
  });

export const commandText = textUpTo(maxCommandBytes)
  .refine((command) => command.trim() !== '', { error: 'is empty' })
  .refine((command) => !hasForbiddenControls(command), {
    error: 'has control or invisible characters; only tab and newline may stand in a command',
  });

export const remotePath = textUpTo(maxPathBytes)
  .refine((path) => path !== '', { error: 'is empty' })
  .refine((path) => !hasControls(path), { error: 'has control or invisible characters' });

export const filePath = remotePath.describe('Absolute, or from the home directory');

/**
 * A service as systemd names units (systemd.syntax(7), systemd.unit(5)), OpenRC and System V name scripts. Never an
 * option, a path or a pattern.
 */
export const serviceName = text
  .max(255, { error: 'is too long: at most 255 characters' })
  .regex(/^(?=[^A-Za-z0-9]*[A-Za-z0-9])[\w:.@\\][\w:.@\\-]*$/, {
    error: 'is not a service name: letters, digits and : _ . @ - are, a leading dash is not',
  });

/**
 * A package, with a version or an architecture in the form of its manager.
 *
 * Never an option, a path, a file or an expression; nor a name that ends in a dash, which apt takes for a removal.
 */
export const packageName = text
  .max(255, { error: 'is too long: at most 255 characters' })
  .regex(/^(?!.*\.(?:deb|rpm|apk)\b)[A-Za-z0-9_][\w.+:~=@-]*(?<=[A-Za-z0-9_+])$/, {
    error: 'is not a package name: letters, digits and . + : ~ = @ - are, a file and a dash at either end are not',
  });

export function wholeNumber(least: number, most: number): z.ZodInt {
  const error = `must be a whole number, ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

const shareProblem = { error: 'must be a whole number, 1 to 1000, or a percentage such as "25%"' };

/** So many hosts, or so many percent of all. */
export const hostShare = z
  .union([z.number(), z.string()], shareProblem)
  .refine((share) => /^(?:[1-9]\d{0,2}|1000|(?:100|[1-9]\d?)%)$/.test(String(share)), shareProblem);

/** Any text: what is no job's id is one that is not found. */
export const jobId = text.max(200, { error: 'is too long' });

/** Of a call that is made once. */
export const idempotencyKey = text
  .min(1, { error: 'is empty' })
  .max(200, { error: 'is too long: at most 200 characters' })
  .refine((value) => !hasControls(value), { error: 'has control or invisible characters' })
  .optional();

/** Seconds until an answer, whatever has become of the thing by then. */
export const answerWait = wholeNumber(0, 45);
export const usualWaitSeconds = 20;

/** Seconds. */
export const commandTimeout = wholeNumber(1, 86_400).optional();

export function oneOf<const Values extends readonly [string, ...string[]]>(
  values: Values,
): z.ZodEnum<{ [Value in Values[number]]: Value }> {
  return z.enum(values, { error: `must be ${values.join(' or ')}` });
}

export const flag = z.boolean({ error: 'must be true or false' });

/** Whether a tool for files does its work as root. */
export const bySudo = flag.default(false).describe('As root');

export function rightsOf(sudo: boolean): Rights {
  return sudo ? 'sudo' : 'account';
}
