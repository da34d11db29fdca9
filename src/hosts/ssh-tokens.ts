import { hostname, userInfo } from 'node:os';
import { isAbsolute } from 'node:path';

/** What the tokens of ssh_config(5), section TOKENS, stand for. */
export interface SshTokens {
  /** The name as it was asked for: `%n`. */
  readonly name: string;
  /** The address that `HostName` made of it: `%h`. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly hostKeyAlias: string | undefined;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Expands the tokens that `allowed` names; undefined where there is another one, as ssh then gives up. */
export function expandTokens(text: string, tokens: SshTokens, allowed: string): string | undefined {
  let isKnown = true;
  const expanded = text.replace(/%(.?)/gs, (_all, token: string) => {
    const value = allowed.includes(token) ? tokenValue(token, tokens) : undefined;
    isKnown &&= value !== undefined;
    return value ?? '';
  });
  return isKnown ? expanded : undefined;
}

/**
 * An absolute path out of one with `~`, tokens and `${VARIABLES}`. Undefined where that does not lead to an absolute one:
 * the working directory is whatever project an agent has open.
 */
export function expandPath(text: string, tokens: SshTokens): string | undefined {
  let isKnown = true;
  const withVariables = text.replace(/\$\{(\w+)\}/g, (_all, variable: string) => {
    const value = tokens.env[variable];
    isKnown &&= value !== undefined;
    // What a variable holds is not expanded again.
    return value?.replaceAll('%', '%%') ?? '';
  });
  const expanded = isKnown ? expandTokens(withVariables, tokens, '%dhiklLnpru') : undefined;
  const path = expanded === '~' || expanded?.startsWith('~/') ? tokens.home + expanded.slice(1) : expanded;
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

function tokenValue(token: string, tokens: SshTokens): string | undefined {
  switch (token) {
    case '%':
      return '%';
    case 'd':
      return tokens.home;
    case 'h':
      return tokens.address;
    case 'i':
      return String(process.getuid?.());
    case 'k':
      return tokens.hostKeyAlias ?? tokens.name;
    case 'l':
      return hostname();
    case 'L':
      return hostname().split('.', 1)[0];
    case 'n':
      return tokens.name;
    case 'p':
      return String(tokens.port);
    case 'r':
      return tokens.user;
    case 'u':
      return userInfo().username;
  }
  return undefined;
}
