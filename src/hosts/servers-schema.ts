import { z } from 'zod';
import { isHostId } from './host.ts';

/** Text that will be an argument of ssh or a line of known_hosts: no blanks, no control characters, no leading `-`. */
const word = z
  .string()
  .min(1)
  .regex(/^[^-\s\p{C}][^\s\p{C}]*$/u, {
    error: "must not be empty, begin with '-' or hold blanks or control characters",
  });
const path = z
  .string()
  .min(1)
  .regex(/^\P{Cc}+$/u, { error: 'must not be empty or hold control characters' });
const variable = z.string().regex(/^[A-Za-z_]\w*$/, { error: 'must be the name of an environment variable' });
const portMessage = 'Port must be between 1 and 65535';

/** One entry of `servers` in servers.json: the first seed's keys, then ours. Other keys are none of our business. */
export const serverEntry = z.object({
  host: word,
  port: z.int({ error: portMessage }).min(1, { error: portMessage }).max(65535, { error: portMessage }).default(22),
  user: word,
  ssh_key_path: path.nullish(),
  ssh_key_passphrase_env: variable.nullish(),
  tags: z.array(z.string()).default([]),
  enabled: z.boolean().default(true),
  description: z.string().nullish(),
  jump: z.union([z.string(), z.array(z.string())], { error: 'must be a server name or a list of them' }).nullish(),
  host_key: z
    .union([z.string(), z.array(z.string())], { error: 'must be a key or a list of them, as `algorithm base64`' })
    .nullish(),
  sudo: z.boolean().default(false),
  path: z.array(path).default([]),
  labels: z.record(z.string(), z.string()).default({}),
  password_env: variable.nullish(),
  agent: z.union([z.boolean(), path], { error: 'must be true or the path of an agent socket' }).default(false),
  proxy_command: z.string().min(1).nullish(),
  demo: z.boolean().default(false),
});
export type ServerEntry = z.output<typeof serverEntry>;

/** The `security` block of servers.json. */
export interface SecuritySettings {
  /** Regular expressions, matched at the start of a command; an empty list allows every command. */
  readonly allowedCommandPatterns: readonly string[];
  readonly forbiddenCommands: readonly string[];
  readonly requireConfirmation: readonly string[];
  /** An absent number is no limit. */
  readonly rateLimit: { readonly requestsPerMinute?: number; readonly commandsPerHour?: number };
}

export const noSecurity: SecuritySettings = {
  allowedCommandPatterns: [],
  forbiddenCommands: [],
  requireConfirmation: [],
  rateLimit: {},
};

export const securityBlock = z
  .object({
    allowed_commands_patterns: z.array(z.string()).default([]),
    forbidden_commands: z.array(z.string()).default([]),
    require_confirmation: z.array(z.string()).default([]),
    rate_limit: z
      .object({ requests_per_minute: z.int().min(1).optional(), commands_per_hour: z.int().min(1).optional() })
      .default({}),
  })
  .transform((block): SecuritySettings => {
    const { requests_per_minute: requestsPerMinute, commands_per_hour: commandsPerHour } = block.rate_limit;
    return {
      allowedCommandPatterns: block.allowed_commands_patterns,
      forbiddenCommands: block.forbidden_commands,
      requireConfirmation: block.require_confirmation,
      rateLimit: {
        ...(requestsPerMinute !== undefined && { requestsPerMinute }),
        ...(commandsPerHour !== undefined && { commandsPerHour }),
      },
    };
  });

/** Why a name cannot be a server's, or undefined when it can. */
export function hostIdProblem(name: string): string | undefined {
  return isHostId(name) ? undefined : "a server name has 1 to 253 characters, no control characters and no leading '-'";
}
