import { describe, expect, it } from 'vitest';
import { PathSet } from '../../../src/policy/paths/path-set.ts';
import { compileRule } from '../../../src/policy/rules/compiled-rule.ts';
import { aRule } from './judging.ts';

const nothing = { takes: 'nothing' };
const value = { takes: 'value', kind: 'text' };

describe('an option that a rule lists', () => {
  it.each<[program: string, item: string, name: string, option: object]>([
    ['frob', '-n', '-n', nothing],
    ['frob', '-n VALUE', '-n', value],
    ['frob', '-n \t VALUE ', '-n', value],
    ['frob', '-n=VALUE', '-n', value],
    ['frob', '--name=VALUE', '--name', value],
    ['frob', '--all ', '--all', nothing],
  ])('of %s, %j, takes a value where a name for it follows', (program, item, name, option) => {
    const { options } = aRule({ command: program, options: { allow: [item] } });
    expect(options).toEqual(new Map([[program, new Map([[name, option]])]]));
  });

  it.each<[program: string, item: string, option: object]>([
    ['curl', '-H', value],
    ['curl', '-K', value],
    ['curl', '-o', value],
    ['curl', '-f', nothing],
    ['curl', '--frob', nothing],
    ['tar', '-I', value],
    ['tar', '-x', nothing],
    ['grep', '--color', nothing],
    ['nice', '--version', nothing],
    ['/usr/bin/curl', '-H', value],
  ])('takes one, too, where it is known to do so: %s %s', (program, item, option) => {
    const { options } = aRule({ command: program, options: { allow: [item] } });
    expect(options?.get(program)?.get(item)).toEqual(option);
  });

  it('is one of each of its programs, as that reads it', () => {
    const { options } = aRule({ command: ['curl', 'frob'], options: { allow: ['-H', '-x y'] } });
    expect(options).toEqual(
      new Map([
        ['curl', new Map(Object.entries({ '-H': value, '-x': value }))],
        ['frob', new Map(Object.entries({ '-H': nothing, '-x': value }))],
      ]),
    );
    expect(aRule({ options: { allow: ['-a'] } }).options).toEqual(new Map());
  });

  it('is one of none where any will do, and of no other where none is listed', () => {
    expect(aRule({ command: 'a', options: 'any' }).options).toBeUndefined();
    expect(aRule({ command: 'a', options: { allow: 'any' } }).options).toBeUndefined();
    expect(aRule({ command: 'a', options: { deny: ['-x'] } }).options).toBeUndefined();
    expect(aRule({ command: 'a' }).options).toEqual(new Map([['a', new Map()]]));
    expect(aRule({ command: 'a', effect: 'deny', options: { allow: ['-a'] } }).options).toBeUndefined();
  });
});

describe('a rule', () => {
  it('that says nothing but its effect closes what it allows, and leaves open what it does not', () => {
    const position = { line: 3, column: 4 };
    const compiled = (effect: 'allow' | 'ask') => compileRule({ id: 'x', effect }, position, () => new PathSet([]));
    const silent = {
      id: 'x',
      reason: undefined,
      position,
      roles: undefined,
      hosts: undefined,
      actions: undefined,
      texts: undefined,
      programs: undefined,
      subcommands: undefined,
      deniedOptions: [],
      reads: undefined,
      writes: undefined,
      overrides: new Set(),
      tests: { match: [], notMatch: [] },
    };
    const none = { each: undefined, min: 0, max: 0, reads: undefined, writes: undefined };
    expect(compiled('allow')).toEqual({
      ...silent,
      effect: 'allow',
      options: new Map(),
      operands: none,
      sudo: 'forbidden',
    });
    expect(compiled('ask')).toEqual({ ...silent, effect: 'ask', options: undefined, operands: 'any', sudo: 'allowed' });
  });

  it.each<[written: string | readonly string[], words: readonly (readonly string[])[]]>([
    ['image rm', [['image', 'rm']]],
    [' image \t rm ', [['image', 'rm']]],
    [
      ['ps', 'image  ls'],
      [['ps'], ['image', 'ls']],
    ],
  ])('has subcommands by their words: %j', (written, words) => {
    const subcommand = typeof written === 'string' ? written : [...written];
    expect(aRule({ subcommand }).subcommands).toEqual(words);
  });

  it('has every denied option, and says whether it is the beginning of several', () => {
    expect(aRule({ options: { deny: ['-f'], denyPrefix: ['--x'] } }).deniedOptions).toEqual([
      { name: '-f', isPrefix: false },
      { name: '--x', isPrefix: true },
    ]);
    expect(aRule({ options: 'any' }).deniedOptions).toEqual([]);
    expect(aRule({ options: {} }).deniedOptions).toEqual([]);
  });

  it('has its own tests', () => {
    expect(aRule({ tests: { match: ['a'] } }).tests).toEqual({ match: ['a'], notMatch: [] });
    expect(aRule({ tests: { notMatch: ['b'] } }).tests).toEqual({ match: [], notMatch: ['b'] });
  });
});
