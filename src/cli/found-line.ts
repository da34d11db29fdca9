import type { Host } from '../hosts/host.ts';
import { isKeyKnown } from './servers-of.ts';

const namesShown = 3;

/** What the start found, in one line, with the command for what is left to do. */
export function foundLine(hosts: readonly Host[]): string {
  const enabled = hosts.filter((host) => host.enabled);
  const count = `${enabled.length} ${enabled.length === 1 ? 'server' : 'servers'}`;
  if (enabled.length === 0) return `${count} → sallyport server add`;
  const unknown = enabled.filter((host) => !isKeyKnown(host)).map((host) => host.id);
  if (unknown.length === 0) return `${count}, all with a known host key`;
  const [only] = unknown;
  if (only !== undefined && unknown.length === 1) {
    return `${count}, 1 without a known host key → sallyport server trust ${only}`;
  }
  const named = unknown.slice(0, namesShown).join(', ') + (unknown.length > namesShown ? ', …' : '');
  return `${count}, ${unknown.length} without a known host key (${named}) → sallyport server trust --all`;
}
