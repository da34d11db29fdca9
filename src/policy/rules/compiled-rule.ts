import type { Position } from '../../base/problem.ts';
import type { Decision } from '../evaluate.ts';
import { optionTable } from '../closed/option-table.ts';
import type { OptionTable } from '../closed/option-table.ts';
import type { PathSet } from '../paths/path-set.ts';
import { programNamed } from '../shell/programs.ts';
import type { JudgedKind } from './judged-kinds.ts';
import type { HostSelection, PathCondition, RuleDocument } from './policy-schema.ts';
import { bareText, textPattern, type TextPattern } from './text-pattern.ts';

/** Sets of paths that a rule asks about. */
export interface PathTest {
  readonly any: readonly PathSet[] | undefined;
  readonly allOf: readonly PathSet[] | undefined;
  readonly noneOf: readonly PathSet[] | undefined;
}

export interface OperandTest {
  readonly each: readonly TextPattern[] | undefined;
  readonly min: number;
  readonly max: number;
  readonly reads: PathTest | undefined;
  readonly writes: PathTest | undefined;
}

/** A rule of a policy, ready to match with. */
export interface CompiledRule {
  readonly id: string;
  readonly effect: Decision;
  readonly reason: string | undefined;
  readonly position: Position;
  readonly roles: ReadonlySet<string> | undefined;
  readonly hosts: HostSelection | undefined;
  readonly actions: ReadonlySet<JudgedKind> | undefined;
  /** Whole commands, as they are written. */
  readonly texts: ReadonlySet<string> | undefined;
  readonly programs: ReadonlySet<string> | undefined;
  readonly subcommands: readonly (readonly string[])[] | undefined;
  /** For an allow rule, the only options, by program; undefined where any will do. */
  readonly options: ReadonlyMap<string, OptionTable> | undefined;
  readonly deniedOptions: readonly { readonly name: string; readonly isPrefix: boolean }[];
  readonly operands: OperandTest | 'any';
  readonly sudo: 'forbidden' | 'allowed' | 'required';
  readonly reads: PathTest | undefined;
  readonly writes: PathTest | undefined;
  readonly overrides: ReadonlySet<string>;
  readonly tests: { readonly match: readonly string[]; readonly notMatch: readonly string[] };
}

export type NamedSets = (name: string) => PathSet;

export function compileRule(document: RuleDocument, position: Position, sets: NamedSets): CompiledRule {
  const programs = listOf(document.command);
  const isAllow = document.effect === 'allow';
  return {
    id: document.id,
    effect: document.effect,
    reason: document.reason,
    position,
    roles: document.roles && new Set(document.roles),
    hosts: document.hosts,
    actions: document.actions && new Set(document.actions),
    texts: document.text === undefined ? undefined : new Set([document.text].flat().map(bareText)),
    programs: programs && new Set(programs),
    subcommands: listOf(document.subcommand)?.map((verb) => verb.trim().split(/\s+/)),
    options: isAllow ? allowedOptions(document.options, programs ?? []) : undefined,
    deniedOptions: deniedOptions(document.options),
    operands: operandTest(document.operands, isAllow, sets),
    sudo: document.sudo ?? (isAllow ? 'forbidden' : 'allowed'),
    reads: pathTest(document.reads, sets),
    writes: pathTest(document.writes, sets),
    overrides: new Set(document.overrides),
    tests: { match: document.tests?.match ?? [], notMatch: document.tests?.notMatch ?? [] },
  };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value].flat();
}

/** Tables of nothing else. Whether an option takes a value is said, or known of the program. */
function allowedOptions(
  options: RuleDocument['options'],
  programs: readonly string[],
): ReadonlyMap<string, OptionTable> | undefined {
  const listed = options === 'any' ? 'any' : (options?.allow ?? (options === undefined ? [] : undefined));
  if (listed === 'any' || listed === undefined) return undefined;
  return new Map(programs.map((program) => [program, optionsOf(program, listed)]));
}

function optionsOf(program: string, listed: readonly string[]): OptionTable {
  const items = listed.map((item) => {
    const [name = '', value] = item.trim().split(/[\s=]/, 2);
    return value !== undefined || takesValue(program, name) ? `${name}=text` : name;
  });
  return optionTable(items.join(' '));
}

function takesValue(program: string, option: string): boolean {
  const kind = programNamed(program)?.options.get(option)?.value;
  return kind === 'plain' || kind === 'reads' || kind === 'writes' || kind === 'runs';
}

function deniedOptions(options: RuleDocument['options']): CompiledRule['deniedOptions'] {
  if (options === undefined || options === 'any') return [];
  const { deny = [], denyPrefix = [] } = options;
  return [...deny.map((name) => ({ name, isPrefix: false })), ...denyPrefix.map((name) => ({ name, isPrefix: true }))];
}

function operandTest(operands: RuleDocument['operands'], isAllow: boolean, sets: NamedSets): OperandTest | 'any' {
  if (operands === 'any' || (operands === undefined && !isAllow)) return 'any';
  if (operands === undefined) return { each: undefined, min: 0, max: 0, reads: undefined, writes: undefined };
  const { each, min = 0, max = Infinity, paths } = operands;
  return {
    each: listOf(each)?.map(textPattern),
    min,
    max,
    reads: pathTest(paths?.read, sets),
    writes: pathTest(paths?.write, sets),
  };
}

function pathTest(condition: PathCondition | undefined, sets: NamedSets): PathTest | undefined {
  if (condition === undefined) return undefined;
  const { any, allOf, noneOf } = condition;
  return { any: any?.map(sets), allOf: allOf?.map(sets), noneOf: noneOf?.map(sets) };
}
