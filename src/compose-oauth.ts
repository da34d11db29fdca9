import { openOAuthRecords } from './compose-stores.ts';
import { scopes } from './identity/caller.ts';
import { People, personRules, type PersonRule } from './identity/people.ts';
import type { Config } from './config/load.ts';
import type { Log } from './base/log.ts';
import type { ApiTokens } from './identity/api-tokens.ts';
import type { Caller } from './identity/caller.ts';
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
  /** Whether the account has any authority at this moment. */
  readonly isInForce: (account: Account) => boolean;
  /** How documents of clients are fetched; unless given, from the internet alone. */
  readonly fetchDocument?: (url: string) => Promise<Response>;
}

/** Undefined where OAuth is off: then nothing of it is loaded. */
export async function openOAuth(
  config: Config,
  { tokens, log }: { readonly tokens: ApiTokens; readonly log: Log },
): Promise<OAuthParts | undefined> {
  if (config.oauthOrigin === undefined) return undefined;
  const [{ AccessTokens }, { Resources }] = await Promise.all([
    import('./oauth/access-tokens.ts'),
    import('./oauth/resources.ts'),
  ]);
  const resources = new Resources(config.oauthOrigin);
  const people = new People([...allowedEmails(config), ...personRules(config.people)]);
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
    async [Symbol.asyncDispose]() {
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

/** Who may sign in as the second seed has it: with all rights, under the usual profile. */
function allowedEmails({ allowedEmail }: Config): readonly PersonRule[] {
  return allowedEmail.map((match) => ({ match, permissions: scopes, allowedServers: ['*'], profile: 'standard' }));
}
