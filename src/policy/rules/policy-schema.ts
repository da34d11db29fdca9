import { z } from 'zod';
import { judgedKinds } from './judged-kinds.ts';

const decision = z.enum(['allow', 'ask', 'deny']);

/** Names of ours in messages, audit records and other rules: nothing that needs quoting anywhere. */
const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, { error: 'must have 1 to 64 letters, digits, `.`, `_` or `-`' });
const names = z.array(z.string().min(1)).min(1);
const pattern = z
  .string()
  .min(1)
  .max(1000)
  .describe('The text itself, or `re:` and a regular expression of RE2 that matches the whole');

const defaults = z
  .strictObject({
    unlisted: decision.optional().describe('A command that no rule mentions'),
    unparsable: decision.optional().describe('A text that is not understood as shell'),
    dynamicCommand: decision.optional().describe('A command whose program is known only when it runs'),
    dynamicArgument: decision.optional().describe('An argument that is known only when it runs'),
    writeRedirect: decision.optional().describe('Output redirected to a file'),
  })
  .describe('Makes every profile stricter where it says so; what a profile itself says is never relaxed by it');

const hostSelection = z
  .strictObject({
    names: names.optional().describe('Names of servers; `*` stands for any characters'),
    tags: names.optional().describe('One of these tags'),
    labels: z
      .record(z.string(), z.union([z.string(), names]))
      .optional()
      .describe('Labels of the server in servers.json, each with its value or a list of values'),
  })
  .describe('Servers that fit everything that is said here');

const role = z.strictObject({
  extends: z.string().describe('A built-in profile or another role'),
  hosts: hostSelection.optional().describe('The only servers where the role may do anything'),
  clientMayConfirm: z
    .boolean()
    .optional()
    .describe('Whether the person at the client may approve what the role asks; else an approver must, elsewhere'),
});

const pathCondition = z.strictObject({
  any: names.optional().describe('Some path is in one of these path sets'),
  allOf: names.optional().describe('Every path is in one of these path sets'),
  noneOf: names.optional().describe('No path is in any of these path sets'),
});

const options = z.union([
  z.literal('any'),
  z.strictObject({
    allow: z
      .union([z.literal('any'), z.array(z.string().startsWith('-'))])
      .optional()
      .describe('The only options it may have; `-n VALUE` takes a value. Abbreviations do not fit'),
    deny: z
      .array(z.string().startsWith('-'))
      .optional()
      .describe('Options, also abbreviated and inside clusters: an allow rule must have none, any other has one'),
    denyPrefix: z.array(z.string().startsWith('--')).optional().describe('As deny, for all long options that begin so'),
  }),
]);

const operands = z.union([
  z.literal('any'),
  z.strictObject({
    each: z.union([pattern, z.array(pattern).min(1)]).optional(),
    min: z.int().min(0).optional(),
    max: z.int().min(0).optional(),
    paths: z.strictObject({ read: pathCondition.optional(), write: pathCondition.optional() }).optional(),
  }),
]);

const rule = z.strictObject({
  id: name,
  effect: decision,
  reason: z.string().min(1).max(500).optional().describe('What the caller is told'),
  roles: names.optional().describe('Roles and profiles it is for; all where absent'),
  hosts: hostSelection.optional(),
  actions: z
    .array(z.enum(judgedKinds))
    .min(1)
    .optional()
    .describe('Kinds of actions it is for; all that fit where absent'),
  text: z
    .union([z.string().min(1), names])
    .optional()
    .describe('A whole command, exactly as it is written; nothing else of a command can be asked beside it'),
  command: z
    .union([name, z.array(name).min(1)])
    .optional()
    .describe('Name of the program'),
  subcommand: z
    .union([z.string().min(1), names])
    .optional()
    .describe('The words after the program, such as `compose ps`'),
  options: options.optional().describe('Where an allow rule does not say, there may be none'),
  operands: operands.optional().describe('Where an allow rule does not say, there may be none'),
  sudo: z
    .enum(['forbidden', 'allowed', 'required'])
    .optional()
    .describe('Where absent: forbidden for an allow rule, allowed for any other'),
  reads: pathCondition.optional(),
  writes: pathCondition.optional(),
  overrides: names
    .optional()
    .describe('Ids of rules, also built-in ones, that do not count where this one matches. Never builtin:catastrophic'),
  tests: z
    .strictObject({ match: z.array(z.string()).optional(), notMatch: z.array(z.string()).optional() })
    .optional()
    .describe('Commands that the rule must and must not match; checked whenever the file is read'),
});

/** `policy.yaml`, as people write it. The JSON Schema that is shipped is made of this. */
export const policySchema = z.strictObject({
  version: z.literal(1, { error: 'must be 1' }),
  defaults: defaults.optional(),
  paths: z
    .record(name, z.array(z.string().min(1)).min(1))
    .optional()
    .describe('Sets of paths by name: absolute, `~/…` or `**/…`; `*` within a name, `**` across directories, `{a,b}`'),
  roles: z.record(name, role).optional().describe('What a token names as its profile, besides the built-in ones'),
  rules: z.array(rule).max(1000).optional(),
});

export type PolicyDocument = z.output<typeof policySchema>;
export type RuleDocument = z.output<typeof rule>;
export type HostSelection = z.output<typeof hostSelection>;
export type PathCondition = z.output<typeof pathCondition>;
export type DefaultsDocument = z.output<typeof defaults>;
