import { Secret } from '../base/secret.ts';
import type { Host } from './host.ts';

/** Whether what is open to one may go on under the other. Texts that are only shown do not count. */
export function isSameHost(a: Host, b: Host): boolean {
  return isSame(withoutTexts(a), withoutTexts(b));
}

function withoutTexts(host: Host): unknown {
  const { description: _description, tags: _tags, labels: _labels, route, ...rest } = host;
  return { ...rest, route: route.kind === 'jump' ? { ...route, hosts: route.hosts.map(withoutTexts) } : route };
}

function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Secret || b instanceof Secret) {
    return a instanceof Secret && b instanceof Secret && a.reveal() === b.reveal();
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return left.length === right.size && left.every(([key, value]) => right.has(key) && isSame(value, right.get(key)));
}
