import { checkConfigFile } from '../base/file-modes.ts';
import { GatewayError } from '../base/errors.ts';
import { didYouMean } from '../base/did-you-mean.ts';
import { silentLog, type Log } from '../base/log.ts';
import { isNetwork } from '../base/networks.ts';
import type { Secret } from '../base/secret.ts';
import type { Config } from '../config/load.ts';
import { roles, scopes, type Role, type Scope } from '../identity/caller.ts';
import { createToken, revokeToken, tokenNamed, type NewToken } from '../identity/edit-tokens.ts';
import { loadPolicy } from '../policy/rules/policy-file.ts';
import { builtInProfiles, isBuiltInProfile } from '../policy/rules/profiles.ts';
import { askChoices, askText, askToConfirm } from './ask.ts';
import { Cancelled, UsageError } from './exit-code.ts';
import { makePrivateDirectory, openConfig, type CommonOptions } from './open-config.ts';
import { recorded } from './recorded.ts';
import { createScreen, type Screen } from './screen.ts';
import { splitList } from './server-answers.ts';

export interface TokenCreateOptions extends CommonOptions {
  readonly name?: string;
  readonly description?: string;
  readonly permissions?: string;
  readonly role?: string;
  readonly servers?: string;
  readonly expiresInDays?: string;
  readonly profile?: string;
  readonly rateLimitMultiplier?: string;
  readonly allowedIps?: string;
}

export async function tokenCreate(nameArgument: string | undefined, options: TokenCreateOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const profile = await givenProfile(config, options.profile);
  const token = await askAboutToken(
    screen,
    { ...options, ...(nameArgument !== undefined && { name: nameArgument }) },
    profile,
  );
  await makePrivateDirectory(config.configDir);
  for (const warning of await checkConfigFile(config.tokensFile)) log.warn(warning);
  const secret = await recordedToken('token create', { config, log }, token);
  const text = [
    `Token: ${secret.reveal()}`,
    "Save it now: it won't be shown again. Clients send it as `Authorization: Bearer <token>`.",
  ];
  const json = {
    token: secret.reveal(),
    name: token.name,
    permissions: token.scopes,
    roles: token.roles ?? [],
    allowed_servers: token.allowedServers,
    profile: token.profile,
    allowed_ips: token.allowedIps ?? null,
  };
  screen.show({ text, json });
}

/** Adds the token to tokens.json, recorded. */
export async function recordedToken(
  tool: string,
  { config, log }: { readonly config: Config; readonly log: Log },
  token: NewToken,
): Promise<Secret> {
  const metadata = {
    token: token.name,
    permissions: token.scopes,
    roles: token.roles ?? [],
    allowed_servers: token.allowedServers,
    expires_at: token.expiresAt?.toISOString() ?? null,
    profile: token.profile,
    rate_limit_multiplier: token.rateLimitMultiplier ?? 1,
    allowed_ips: token.allowedIps ?? null,
  };
  const change = { tool, eventType: 'token_created', metadata } as const;
  return await recorded(change, { config, log }, () => createToken(config.tokensFile, token));
}

/** Reading alone is all that such a token is for. */
function usualProfile(permissions: readonly Scope[]): string {
  return permissions.length === 1 && permissions[0] === 'read' ? 'observe' : 'standard';
}

/** The profile that was asked for, which must be built in or a role of policy.yaml. */
async function givenProfile(config: Config, profile: string | undefined): Promise<string | undefined> {
  if (profile === undefined || isBuiltInProfile(profile)) return profile;
  const { roles } = await loadPolicy(config.policyFile, silentLog);
  if (roles.has(profile)) return profile;
  const known = [...builtInProfiles, ...roles.keys()];
  throw new UsageError(`--profile: '${profile}' is not one of ${known.join(', ')}${didYouMean(profile, known)}`);
}

async function askAboutToken(
  screen: Screen,
  options: TokenCreateOptions,
  profile: string | undefined,
): Promise<NewToken> {
  const name = await askText(screen, {
    flag: '--name',
    message: 'Token name',
    given: options.name,
    problem: (answer) => (answer === '' ? 'must not be empty' : undefined),
  });
  const description = await askText(screen, {
    flag: '--description',
    message: 'Description (optional)',
    given: options.description,
    otherwise: '',
  });
  const roles = rolesOf(options.role);
  const permissions = await permissionsOf(screen, options.permissions, roles);
  const servers = await askText(screen, {
    flag: '--servers',
    message: 'Allowed servers: * for all, or names and patterns by commas',
    given: options.servers,
    initial: '*',
    otherwise: '*',
  });
  return {
    name,
    description: description === '' ? undefined : description,
    scopes: permissions,
    roles,
    allowedServers: splitList(servers),
    expiresAt: expiryOf(options.expiresInDays),
    profile: profile ?? usualProfile(permissions),
    rateLimitMultiplier: multiplierOf(options.rateLimitMultiplier),
    allowedIps: networksOf(options.allowedIps),
  };
}

function multiplierOf(given: string | undefined): number {
  if (given === undefined) return 1;
  if (!/^\d{1,6}(?:\.\d{1,6})?$/.test(given))
    throw new UsageError('--rate-limit-multiplier: must be a number, 0 or more');
  return Number(given);
}

function networksOf(given: string | undefined): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const networks = splitList(given);
  if (networks.length > 0 && networks.every(isNetwork)) return networks;
  throw new UsageError('--allowed-ips: must be addresses or networks such as 10.0.0.0/8, by commas');
}

/** Who is given a role needs no permissions: such a token is for a person, and calls no tools. */
async function permissionsOf(
  screen: Screen,
  given: string | undefined,
  roles: readonly Role[],
): Promise<readonly Scope[]> {
  const flag = '--permissions';
  if (given === undefined && roles.length > 0) return [];
  const message = 'Permissions';
  const names = given === undefined ? await askChoices(screen, { flag, message, choices: scopes }) : splitList(given);
  const permissions = namedIn(scopes, { flag, names });
  if (permissions.length === 0 && roles.length === 0) throw new UsageError('No permissions selected');
  return permissions;
}

function rolesOf(given: string | undefined): readonly Role[] {
  return given === undefined ? [] : namedIn(roles, { flag: '--role', names: splitList(given) });
}

/** Those of the choices that are named. Throws where something else is. */
function namedIn<Choice extends string>(
  choices: readonly Choice[],
  { flag, names }: { readonly flag: string; readonly names: readonly string[] },
): readonly Choice[] {
  const unknown = names.find((name) => !choices.some((choice) => choice === name));
  if (unknown !== undefined) throw new UsageError(`${flag}: '${unknown}' is not one of ${choices.join(', ')}`);
  return choices.filter((choice) => names.includes(choice));
}

const dayMs = 24 * 3_600_000;

function expiryOf(days: string | undefined): Date | undefined {
  if (days === undefined) return undefined;
  if (!/^[1-9]\d{0,4}$/.test(days)) throw new UsageError('--expires-in-days: must be a whole number of days');
  return new Date(Date.now() + Number(days) * dayMs);
}

export interface TokenRevokeOptions extends CommonOptions {
  readonly yes?: boolean;
}

export async function tokenRevoke(nameOrToken: string, options: TokenRevokeOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const name = await namedToken(config, nameOrToken);
  const message = `Revoke token '${name}'?`;
  const isSure = await askToConfirm(screen, { flag: '--yes', message, given: options.yes, otherwise: 'refuse' });
  if (!isSure) throw new Cancelled();
  const change = { tool: 'token revoke', eventType: 'token_revoked', metadata: { token: name } } as const;
  await recorded(change, { config, log }, () => revokeToken(config.tokensFile, nameOrToken));
  screen.show({ text: ['✓ Token revoked'], json: { success: true, name } });
}

/** The name of the token that was named, or typed. */
export async function namedToken(config: Config, nameOrToken: string): Promise<string> {
  const name = await tokenNamed(config.tokensFile, nameOrToken);
  // What was typed may be a token: it is not repeated.
  if (name === undefined) throw new GatewayError('invalid_input', 'Token not found: no name or token like that');
  return name;
}
