import type { OutputCollector } from '../outputs/collector.ts';
import type { JsonObject } from './tool.ts';

/** A longer answer is folded where it is shown as text. */
const maxTextBytes = 32 * 1024;
const maxGroups = 20;
const maxNamed = 8;
const maxSkipped = 10;
const maxCommand = 1_000;

export interface FleetAnswer {
  readonly command: string;
  readonly groups: readonly JsonObject[];
  readonly results: Readonly<Record<string, JsonObject>>;
  readonly skipped: readonly unknown[];
}

/**
 * The answer for a screen, where the whole of it would fill many: of every group one server, of the groups those that
 * differ most and the largest. The whole is kept, and read by the id that it names.
 */
export function textForScreen(
  json: FleetAnswer & JsonObject,
  collect: () => OutputCollector,
): { readonly text?: string } {
  const whole = JSON.stringify(json, null, 2);
  if (Buffer.byteLength(whole) <= maxTextBytes) return {};
  using kept = collect();
  kept.stdout(Buffer.from(whole));
  const { outputId } = kept.finish({ inlineBytes: 0 });
  const { groups, results, skipped, ...rest } = json;
  const shown = groups.length <= maxGroups ? groups : [...groups.slice(0, maxGroups - 1), ...groups.slice(-1)];
  const folded = {
    ...rest,
    command: json.command.slice(0, maxCommand),
    groups: shown.map(({ hosts, ...group }) => ({ hosts: someOf(hosts), ...group })),
    ...(groups.length > shown.length && { groups_not_shown: groups.length - shown.length }),
    results: Object.fromEntries(shown.flatMap(({ hosts }) => leaderOf(hosts, results))),
    skipped: skipped.slice(0, maxSkipped),
    ...(skipped.length > maxSkipped && { skipped_not_shown: skipped.length - maxSkipped }),
    truncated: true,
    output_id: outputId,
    hint: `One server of each group is shown. read_output {"output_id": "${outputId}", "pattern": "NAME"} finds any other; structuredContent has all.`,
  };
  return { text: JSON.stringify(folded, null, 2) };
}

function leaderOf(hosts: unknown, results: FleetAnswer['results']): readonly (readonly [string, JsonObject])[] {
  const [leader]: readonly unknown[] = Array.isArray(hosts) ? hosts : [];
  const result = typeof leader === 'string' ? results[leader] : undefined;
  return typeof leader === 'string' && result ? [[leader, result]] : [];
}

function someOf(hosts: unknown): readonly unknown[] {
  const all: readonly unknown[] = Array.isArray(hosts) ? hosts : [];
  return all.length <= maxNamed ? all : [...all.slice(0, maxNamed - 1), `… ${all.length - maxNamed + 1} more`];
}
