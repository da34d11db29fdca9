import { GatewayError } from './base/errors.ts';
import { fileStamp, watchFile, type Watch } from './base/watch-file.ts';
import { openOAuthRecords } from './compose-stores.ts';
import { People, personRules, type PersonRule } from './identity/people.ts';
import type { Config } from './config/load.ts';
import type { Log } from './base/log.ts';
import type { ApiTokens } from './identity/api-tokens.ts';
import { scopes, type Caller, type PrincipalId } from './identity/caller.ts';
import type { AccessTokens } from './oauth/access-tokens.ts';
import type { Account } from './oauth/account.ts';
import type { OAuthStore } from './oauth/oauth-store.ts';
import type { Resources } from './oauth/resources.ts';

/** What the gateway needs to know access tokens, and the authorization server to make them. */
export interface OAuthParts extends AsyncDisposable {
  readonly resources: Resources;
  readonly store: OAuthStore;
  readonly accessTokens: AccessTokens;
  readonly callerOf: (account: Account) => Caller | undefined;
  /** Resolves once the rules for people are in force as they are now in sallyport.yaml. */
  readonly takeIn: () => Promise<void>;
  /** People of this name who have come since this process began. */
  readonly principalsNamed: (name: string) => readonly PrincipalId[];
  /** Whether the account has any authority at this moment. */
  readonly isInForce: (account: Account) => boolean;
  /** How documents of clients are fetched; unless given, from the internet alone. */
  readonly fetchDocument?: (url: string) => Promise<Response>;
}

interface OAuthContext {
  readonly tokens: ApiTokens;
  readonly log: Log;
  /** Told of people whom no rule lets in any more. */
  readonly onOver: (principal: PrincipalId) => void;
}

/** Undefined where OAuth is off: then nothing of it is loaded. */
export async function openOAuth(
  config: Config,
  { tokens, log, onOver }: OAuthContext,
): Promise<OAuthParts | undefined> {
  if (config.oauthOrigin === undefined) return undefined;
  const [{ AccessTokens }, { Resources }] = await Promise.all([
    import('./oauth/access-tokens.ts'),
    import('./oauth/resources.ts'),
  ]);
  const resources = new Resources(config.oauthOrigin);
  const people = new People(rulesIn(config), onOver);
  const watch = await watchRules(config, { people, log });
  const store = await openOAuthRecords(config, log);
  const sweep = setInterval(() => void removeExpired(store, log), sweepMs).unref();
  const callerOf = (account: Account, address: string | undefined): Caller | undefined => {
    switch (account.kind) {
      case 'token':
        return tokens.callerOf(account.hash, address);
      case 'person':
        return people.callerOf(account);
    }
  };
  const accessTokens = new AccessTokens({ store, audience: resources.audience, callerOf, log });
  return {
    resources,
    store,
    accessTokens,
    isInForce: (account) =>
      account.kind === 'token' ? tokens.hasInForce(account.hash) : callerOf(account, undefined) !== undefined,
    callerOf: (account) => callerOf(account, undefined),
    takeIn: () => watch.look(),
    principalsNamed: (name) => people.principalsNamed(name),
    async [Symbol.asyncDispose]() {
      watch[Symbol.dispose]();
      clearInterval(sweep);
      accessTokens[Symbol.dispose]();
      await store.close();
    },
  };
}

const sweepMs = 10 * 60_000;

async function removeExpired(store: OAuthStore, log: Log): Promise<void> {
  try {
    await store.removeExpired();
  } catch (error) {
    log.warn({ err: error }, 'what has expired of logins over OAuth could not be removed');
  }
}

/** Keeps the rules for people as sallyport.yaml has them; a bad edit leaves them as they were. */
async function watchRules(
  config: Config,
  { people, log }: { readonly people: People; readonly log: Log },
): Promise<Watch> {
  const { settingsFile } = config;
  const stamp = await fileStamp(settingsFile);
  const reload = async (): Promise<void> => {
    try {
      people.useRules(rulesIn(await config.readAgain()));
      log.info(`${settingsFile}: the rules for people were taken in; other settings are at the next start`);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      log.error(`${error.message}. The old rules for people stay.`);
    }
  };
  // What was changed since the settings were read.
  people.useRules(rulesIn(await config.readAgain()));
  return watchFile(settingsFile, { stamp, onChange: reload, log });
}

function rulesIn(config: Config): readonly PersonRule[] {
  return [...allowedEmails(config), ...personRules(config.people)];
}

/** Who may sign in as the second seed has it: with all rights, under the usual profile. */
function allowedEmails({ allowedEmail }: Config): readonly PersonRule[] {
  return allowedEmail.map((match) => ({
    match,
    permissions: scopes,
    roles: [],
    allowedServers: ['*'],
    profile: 'standard',
  }));
}
