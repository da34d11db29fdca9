import { userInfo } from 'node:os';
import { recordedChange, type Change } from '../audit/recorded-change.ts';
import type { Log } from '../base/log.ts';
import { openTrail } from '../compose-stores.ts';
import type { Config } from '../config/load.ts';
import { principalId } from '../identity/principal.ts';

/** Makes a change of the configuration once it is on record that it is meant; nothing changes where it cannot be. */
export async function recorded<T>(
  change: Change,
  { config, log }: { readonly config: Config; readonly log: Log },
  make: () => Promise<T>,
): Promise<T> {
  await using trail = await openTrail(config, log);
  const { username } = userInfo();
  const by = { name: `local:${username}`, principal: principalId('local', username) };
  return await recordedChange(change, { ...trail, log, by }, make);
}
