import { settingOf } from '../closed/judge-closed.ts';
import type { Issue } from '../../base/problem.ts';
import { programNamed } from '../shell/programs.ts';
import { readShell } from '../shell/read-shell.ts';
import type { CompiledRule } from './compiled-rule.ts';
import { judgedUnit } from './judged-unit.ts';
import { matchesUnit } from './match-unit.ts';
import { bareText } from './text-pattern.ts';

/** The tests of a rule that fail: it must match each text of `match`, and none of `notMatch`. */
export function testRule(rule: CompiledRule): readonly Issue[] {
  const { match, notMatch } = rule.tests;
  const failed = (texts: readonly string[], key: 'match' | 'notMatch', what: string): readonly Issue[] =>
    texts.flatMap((text, index) =>
      matchesText(rule, text) === (key === 'match')
        ? []
        : [{ path: [key, index], message: `rule ${rule.id} ${what} this` }],
    );
  return [...failed(match, 'match', 'does not match'), ...failed(notMatch, 'notMatch', 'matches')];
}

/** Whether the rule, by itself, speaks of the text: of all its commands where it allows, of one where it does not. */
function matchesText(rule: CompiledRule, text: string): boolean {
  if (rule.texts !== undefined) return rule.texts.has(bareText(text));
  const reading = readShell(text);
  if (reading.kind === 'unreadable') return false;
  const setting = settingOf(reading);
  const matched = reading.units.map((unit) => ({
    unit,
    isMatched: matchesUnit(rule, judgedUnit(unit, setting, 'open')),
  }));
  if (rule.effect !== 'allow') return matched.some(({ isMatched }) => isMatched);
  const own = matched.filter(({ unit, isMatched }) => isMatched || !isWrapper(unit.program.value));
  return own.length > 0 && own.every(({ isMatched }) => isMatched);
}

/** What only runs another command. */
function isWrapper(name: string): boolean {
  return programNamed(name)?.operands.some(({ kind }) => kind === 'command') === true;
}
