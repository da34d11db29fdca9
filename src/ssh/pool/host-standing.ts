import type { Host, HostId } from '../../hosts/host.ts';
import type { HostState } from './pool.ts';

export const hostStandings = ['connected', 'connecting', 'idle', 'failing', 'disabled'] as const;
/** How a host stands, in a word. */
export type HostStanding = (typeof hostStandings)[number];

export function standingOf(
  { id, enabled }: Pick<Host, 'id' | 'enabled'>,
  states: ReadonlyMap<HostId, HostState>,
): HostStanding {
  const state = states.get(id);
  if (!enabled) return 'disabled';
  if (state === undefined) return 'idle';
  if (state.connections > 0) return 'connected';
  if (state.isConnecting) return 'connecting';
  return state.isFailing ? 'failing' : 'idle';
}
