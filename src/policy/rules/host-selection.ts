import { matchesGlob } from '../../base/glob.ts';
import type { HostSelection } from './policy-schema.ts';

/** What rules know of a host. */
export interface HostTraits {
  readonly name: string;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** The account may become root by `sudo -n`. */
  readonly sudo: boolean;
  /** The account that logs in. */
  readonly user: string;
}

/** Whether the host fits everything that is said. */
export function selectsHost({ names, tags, labels = {} }: HostSelection, host: HostTraits): boolean {
  const isNamed = names === undefined || names.some((pattern) => matchesGlob(pattern, host.name));
  const isTagged = tags === undefined || tags.some((tag) => host.tags.includes(tag));
  return isNamed && isTagged && Object.entries(labels).every(([label, values]) => isOneOf(host.labels, label, values));
}

function isOneOf(labels: HostTraits['labels'], label: string, values: string | readonly string[]): boolean {
  const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
  return value !== undefined && [values].flat().includes(value);
}
