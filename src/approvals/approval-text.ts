import type { Approval } from './approval.ts';
import type { AskedHost, AskedStep, Question } from './question.ts';
import { withUnusualMarked } from './unusual-text.ts';

/** Of more hosts than this the names alone are shown. */
const hostsInFull = 20;

/**
 * A question as lines of text for a person who decides: what would happen, where, and which rule asks.
 *
 * Whatever came with the call is shown escaped, and behind a bar: no text can pass for a line of ours.
 */
export function approvalText({ id, question, requester, limit, state }: Approval): readonly string[] {
  const { tool, hosts, steps, rule, reason, change, copy } = question;
  return [
    `${shown(requester.name)} asks for ${shown(tool)} on ${radius(question)}`,
    `  approval  ${id} (${state})`,
    `  expires   ${limit.until.toISOString()}`,
    `  rule      ${shown(rule)}: ${shown(reason)}`,
    ...hosts.slice(0, hostsInFull).map((host) => `  server    ${hostText(host)}`),
    ...(hosts.length > hostsInFull ? [`  and       ${hosts.slice(hostsInFull).map(nameOf).join(', ')}`] : []),
    ...steps.flatMap((step) => stepLines(step, hosts)),
    ...(change === undefined ? [] : changeLines(change)),
    ...(copy === undefined ? [] : copyLines(copy)),
  ];
}

/** How far it goes: `1 server`, `20 servers`. */
export function radius({ hosts }: Question): string {
  return hosts.length === 1 ? '1 server' : `${hosts.length} servers`;
}

function hostText(host: AskedHost): string {
  const { address, user, tags, labels } = host;
  const words = [...tags, ...Object.entries(labels).map(([label, value]) => `${label}=${value}`)];
  return `${nameOf(host)} (${shown(`${user}@${address}`)}${words.length === 0 ? '' : `; ${shown(words.join(', '))}`})`;
}

function nameOf({ name }: AskedHost): string {
  return shown(name);
}

function stepLines(step: AskedStep, hosts: readonly AskedHost[]): readonly string[] {
  const { does, about, really, programs, findings } = step;
  const isEverywhere = step.hosts.length === hosts.length;
  return [
    `  would     ${does.replaceAll('_', ' ')}${isEverywhere ? '' : ` on ${step.hosts.map(shown).join(', ')}`}`,
    ...quoted(about),
    ...(really === undefined ? [] : ['  which is', ...quoted(really)]),
    ...programs.map((words) => `  starts    ${words.map((word) => shown(JSON.stringify(word))).join(' ')}`),
    ...findings.map((finding) => `  note      ${shown(finding)}`),
  ];
}

function changeLines({ path, diff, note }: NonNullable<Question['change']>): readonly string[] {
  return [`  changes   ${shown(path)}`, ...quoted(diff), ...(note === undefined ? [] : [`  note      ${shown(note)}`])];
}

function copyLines({ path, sha256, note }: NonNullable<Question['copy']>): readonly string[] {
  return [
    `  copies    ${shown(path)}`,
    ...(sha256 === null ? [] : [`  SHA-256   ${sha256}`]),
    `  note      ${shown(note)}`,
  ];
}

function quoted(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : text.split('\n').map((line) => `    | ${shown(line)}`);
}

function shown(text: string): string {
  return withUnusualMarked(text).replace(/[\t\n]/g, (control) => (control === '\t' ? String.raw`\t` : String.raw`\n`));
}
