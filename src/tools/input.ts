import { z } from 'zod';
import type { BadInput, JsonObject } from './tool.ts';

/** A property that JSON Schema describes in a way we read. */
const propertySchema = z.object({ type: z.union([z.string(), z.array(z.string())]).optional() });
const objectSchema = z.object({ properties: z.record(z.string(), propertySchema).default({}) });
const anyObject = z.record(z.string(), z.unknown());

interface InputDescription {
  /** For the model and its client; as short as it can be. */
  readonly inputSchema: JsonObject;
  /** Puts right what clients write in their own way. */
  readonly lenient: (input: unknown) => unknown;
}

/** Worked out when it is first asked for: an agent waits for every start, and most of the tools are not used in it. */
export function describeInput(schema: z.ZodObject): InputDescription {
  let known: ReturnType<typeof described> | undefined;
  const description = (): ReturnType<typeof described> => (known ??= described(schema));
  return {
    get inputSchema() {
      return description().inputSchema;
    },
    lenient: (input) => putRight(input, description().kinds),
  };
}

function described(schema: z.ZodObject) {
  const { $schema: _, ...inputSchema } = briefly(z.toJSONSchema(schema, { io: 'input' }));
  const { properties } = objectSchema.parse(inputSchema);
  return { inputSchema, kinds: new Map(Object.entries(properties).map(([name, { type }]) => [name, type])) };
}

/** Every list of tools is paid for by the model; whoever breaks one of these limits is told of it. */
const unsaid: ReadonlySet<string> = new Set([
  'pattern',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'propertyNames',
]);
const greatLimit = 1_000;

function briefly(schema: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]): readonly (readonly [string, unknown])[] => {
      if (unsaid.has(key) || (key === 'maximum' && Number(value) >= greatLimit)) return [];
      if ((key === 'minimum' && Number(value) <= 1) || (key === 'default' && value === false)) return [];
      const part = anyObject.safeParse(value).data;
      if (key === 'items' && part) return [[key, briefly(part)]];
      if (key !== 'properties' || !part) return [[key, value]];
      const properties = Object.entries(part).map(([name, one]) => [name, briefly(anyObject.parse(one))]);
      return [[key, Object.fromEntries(properties)]];
    }),
  );
}

/** Reads numbers, booleans and lists written as text, takes one text for a list of it, and null, like no arguments at all, for not given. */
function putRight(input: unknown, kinds: ReadonlyMap<string, string | readonly string[] | undefined>): unknown {
  const given = anyObject.safeParse(input ?? {});
  if (!given.success) return input;
  const entries = Object.entries(given.data).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([name, value]) => [name, fromText(value, kinds.get(name))]));
}

function fromText(value: unknown, kind: string | readonly string[] | undefined): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if (kind === 'integer' && /^[+-]?\d{1,15}$/.test(text)) return Number(text);
  if (kind === 'boolean' && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (kind === 'array') return listFromText(text) ?? [value];
  return value;
}

function listFromText(text: string): readonly unknown[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    return z.array(z.unknown()).safeParse(JSON.parse(text)).data;
  } catch {
    // Not JSON: whoever reads the text will say what is wrong with it.
    return undefined;
  }
}

/** So many problems are named; a list can have as many as it has entries. */
const maxNamed = 10;

/** Marks a problem of size, for `badInput` to find. */
export const tooLarge = { kind: 'too_large' } as const;

export function badInput(error: z.ZodError, input: unknown): BadInput {
  const isSize = (issue: z.core.$ZodIssue): boolean => issue.code === 'custom' && issue.params === tooLarge;
  const given = anyObject.safeParse(input).data ?? {};
  const named = error.issues.slice(0, maxNamed).map((issue) => describeProblem(issue, given));
  const others = error.issues.length - named.length;
  return {
    code: error.issues.every(isSize) ? 'too_large' : 'invalid_input',
    problems: others === 0 ? named : [...named, `and ${others} more`],
  };
}

/** Names the parameter and what it must be. Quotes no value: it may be a secret, or ten megabytes long. */
function describeProblem(issue: z.core.$ZodIssue, given: JsonObject): string {
  const name = issue.path.join('.');
  if (name === '') return 'the arguments must be an object';
  if (issue.path.length === 1 && (given[name] ?? null) === null) return `'${name}' is missing`;
  return `${name} ${issue.message}`;
}
