import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanJson } from '../../src/base/json-scan.ts';
import { positionAt } from '../../src/base/problem.ts';

describe('the walk over JSON text', () => {
  it.each<{ text: string; line: number; column: number; what: RegExp }>([
    { text: '{\n  "a": 1,\n  "b": [1, 2,]\n}', line: 3, column: 14, what: /value is missing/ },
    { text: '{"a": 1 "b": 2}', line: 1, column: 9, what: /expected ',' or '}'/ },
    { text: '{"a": tru}', line: 1, column: 7, what: /not a JSON value/ },
    { text: '{"a": 1', line: 1, column: 8, what: /expected ',' or '}'/ },
    { text: '', line: 1, column: 1, what: /ends in the middle/ },
    { text: '{"a": 1}\n}', line: 2, column: 1, what: /nothing may follow/ },
    { text: "{'a': 1}", line: 1, column: 2, what: /key in double quotes/ },
    { text: '{"a": 1,}', line: 1, column: 9, what: /key is missing/ },
    { text: '{"a": 01}', line: 1, column: 7, what: /not a JSON value/ },
    { text: '{"a": "x\n"}', line: 1, column: 7, what: /not closed/ },
    { text: '{"a": "\\x"}', line: 1, column: 7, what: /bad escape/ },
    { text: '{"a" 1}', line: 1, column: 6, what: /expected ':'/ },
    { text: '{"a": 1 // no\n}', line: 1, column: 9, what: /expected ',' or '}'/ },
  ])('names the place of the error in: $text', ({ text, line, column, what }) => {
    const { error } = scanJson(text);
    expect(error?.what).toMatch(what);
    expect(positionAt(text, error?.offset ?? -1)).toEqual({ line, column });
  });

  it('never quotes the text: it may hold a secret', () => {
    expect(JSON.stringify(scanJson('{"password": "hunter2" "x"}').error)).not.toContain('hunter2');
  });

  it('finds values by their path, and for a missing one the nearest around it', () => {
    const text = '{"servers": {"we.b": {"port": [22, 23]}, "__proto__": 1}}';
    const scan = scanJson(text);
    const offsetOf = (path: readonly PropertyKey[]): number => scan.offsetOf(path);
    expect(text.slice(offsetOf(['servers', 'we.b', 'port', 1]))).toMatch(/^23/);
    expect(text.slice(offsetOf(['servers', 'we.b', 'host']))).toMatch(/^\{"port"/);
    expect(text.slice(offsetOf(['servers', '__proto__']))).toMatch(/^1\}/);
    expect(offsetOf([])).toBe(0);
  });

  it('accepts exactly what JSON.parse accepts', () => {
    const json = fc
      .json()
      .chain((text) =>
        fc.tuple(
          fc.constant(text),
          fc.nat(text.length),
          fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '0', 'a', '\\', ' '),
        ),
      );
    fc.assert(
      fc.property(json, ([text, at, sign]) => {
        for (const candidate of [text, text.slice(0, at) + sign + text.slice(at)]) {
          expect(scanJson(candidate).error === undefined).toBe(parses(candidate));
        }
      }),
    );
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
