import type { FamilyDescription, Sample } from './family.ts';

export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export interface FamilyOfSamples {
  readonly name: string;
  readonly description: FamilyDescription;
  readonly samples: readonly Sample[];
}

/** The text format of OpenMetrics 1.0. A family without samples is declared all the same. */
export function openMetricsText(families: readonly FamilyOfSamples[]): string {
  return `${families.map(familyText).join('')}# EOF\n`;
}

function familyText({ name, description: { type, unit, help }, samples }: FamilyOfSamples): string {
  const head = [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
  ];
  return [...head, ...samples.map((sample) => sampleText(name, sample))].map((line) => `${line}\n`).join('');
}

function sampleText(name: string, { suffix, labels, value }: Sample): string {
  const pairs = labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(',');
  return `${name}${suffix}${pairs === '' ? '' : `{${pairs}}`} ${numberText(value)}`;
}

function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}
