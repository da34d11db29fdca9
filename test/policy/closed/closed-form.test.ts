import { describe, expect, it } from 'vitest';
import { known, opaque, type Argument } from '../../../src/policy/closed/argument.ts';
import { closedForm, verbAt, type FormText } from '../../../src/policy/closed/closed-form.ts';
import { asked, denied, fine } from '../../../src/policy/closed/finding.ts';
import { optionTable } from '../../../src/policy/closed/option-table.ts';
import { hasOption } from '../../../src/policy/closed/read-options.ts';
import type { Scene } from '../../../src/policy/closed/scene.ts';
import { unknownPart } from '../../../src/policy/paths/name-glob.ts';
import { home } from '../../../src/policy/paths/read-path.ts';

const scene: Scene = { directories: [home], isFed: false };

function word(text: string): Argument {
  if (text === 'OPAQUE') return opaque;
  if (text.includes('$')) return { kind: 'guarded', text: text.replaceAll('$', unknownPart) };
  return /[*?]/.test(text) ? { kind: 'glob', text } : known(text);
}

/** What is said of the words, by severity and text; `fine` where nothing is. */
function judge(form: FormText, text: string): string {
  const remarks = closedForm(form)(text.split(' ').filter(Boolean).map(word), scene);
  return remarks.map(({ severity, text: why }) => `${severity}: ${why}`).join('; ') || 'fine';
}

describe('the operands of a form', () => {
  it.each<[string | undefined, string, string]>([
    [undefined, '', 'fine'],
    [undefined, 'x', 'unlisted: has more operands than are listed'],
    ['name', 'x', 'fine'],
    ['name', '', 'unlisted: lacks an operand'],
    ['name', 'x y', 'unlisted: has more operands than are listed'],
    ['name?', '', 'fine'],
    ['name?', 'x', 'fine'],
    ['name?', 'x y', 'unlisted: has more operands than are listed'],
    ['name*', '', 'fine'],
    ['name*', 'x y z', 'fine'],
    ['name+', '', 'unlisted: lacks an operand'],
    ['name+', 'x y z', 'fine'],
    ['name int', 'x 5', 'fine'],
    ['name int', 'x', 'unlisted: lacks an operand'],
    ['name int', '5 x', 'unlisted: `x` is no int'],
    ['name int*', 'x 5 6', 'fine'],
    ['name int*', 'x 5 y', 'unlisted: `y` is no int'],
    ['name int+', 'x', 'unlisted: lacks an operand'],
    ['  name   int  ', 'x 5', 'fine'],
    ['a|b', 'b', 'fine'],
    ['a|b', 'c', 'unlisted: is not one of a, b'],
  ])('%j: %j is %s', (operands, text, answer) =>
    expect(judge({ ...(operands !== undefined && { operands }) }, text)).toBe(answer),
  );

  const option = 'ask: a file name may become an option; begin it with ./';
  const many = 'unlisted: a pattern may be many operands';
  const looksLike = 'unlisted: begins like an option';
  it.each<[string, string, string]>([
    ['text', '*.c', many],
    ['text?', '*.c', many],
    ['look', '/x*', many],
    ['text*', '*.c', option],
    ['text+', '?', option],
    ['read*', '*', option],
    ['read*', '*$', option],
    ['look*', '*', 'fine'],
    ['look*', '?x', 'fine'],
    ['free*', '*', 'fine'],
    ['free', '*', 'fine'],
    ['free', 'OPAQUE', 'fine'],
    ['text*', 'OPAQUE', 'ask: an argument is known only when it runs'],
    ['read*', '-- -x', looksLike],
    ['count*', '-- -x', looksLike],
    ['look*', '-- -x', looksLike],
    ['read*', '+x', looksLike],
    ['read*', '-', 'fine'],
    ['look*', '+', 'fine'],
    ['text*', '-- -x', 'fine'],
    ['text*', '-- -x/y', looksLike],
    ['text*', '+x/y', looksLike],
    ['text*', 'a-b/c', 'fine'],
    ['look*', 'a-x', 'fine'],
    ['write*', '-- -x', 'fine'],
    ['write*', '-- -x/y', looksLike],
    ['text*', '-- -$/x', 'fine'],
  ])('%s: %s is %s', (operands, text, answer) => expect(judge({ operands }, text)).toBe(answer));
  it('are looked at in all their lines', () => {
    const judgeWord = (operands: string, text: string) => closedForm({ operands })([known('--'), known(text)], scene);
    expect(judgeWord('look', '-\n')).toHaveLength(1);
    expect(judgeWord('text', '-\n/')).toHaveLength(1);
  });
});

describe('the options of a form', () => {
  const form: FormText = { options: '-a -n=int -w[=int] --all --max=int<=4', operands: 'name*' };
  it.each([
    ['-a x', 'fine'],
    ['-n 5', 'fine'],
    ['-n y', 'unlisted: `y` is no int'],
    ['-w', 'fine'],
    ['-wx', 'unlisted: `x` is no int'],
    ['--max=5', 'unlisted: must be a number of at most 4'],
    ['-n y z -w$', 'unlisted: `y` is no int'],
    ['-n x -nz', 'unlisted: `x` is no int; unlisted: `z` is no int'],
    ['-n x !', 'unlisted: `x` is no int; unlisted: `!` is no name'],
    ['-x', 'unlisted: `-x` is not among its listed options'],
    ['--nothing', 'unlisted: `--nothing` is not among its listed options'],
  ])('%s: %s', (text, answer) => expect(judge(form, text)).toBe(answer));

  it.each([
    ['-a', 'fine'],
    ['--all', 'fine'],
    ['-b -c', 'unlisted: needs -a or --all'],
    ['', 'unlisted: needs -a or --all'],
  ])('of which some must be given: %s: %s', (text, answer) =>
    expect(judge({ options: '-abc --all', needs: '-a|--all' }, text)).toBe(answer),
  );
  it.each([
    ['-a -c', 'fine'],
    ['-a', 'unlisted: needs -c'],
    ['-c', 'unlisted: needs -a or -b'],
  ])('all of those: %s: %s', (text, answer) =>
    expect(judge({ options: '-abc', needs: ' -a|-b  -c ' }, text)).toBe(answer),
  );
  it('are read in the style of the program', () => {
    expect(judge({ options: '-all', style: 'words' }, '-all')).toBe('fine');
    expect(judge({ options: '-all', style: 'words' }, '-a')).not.toBe('fine');
    expect(judge({ options: '-a', operands: 'free*', style: 'first' }, 'x -b')).toBe('fine');
    expect(judge({ operands: 'free*', style: 'none' }, '-x')).toBe('fine');
  });
});

describe('the verbs of a form', () => {
  const form: FormText = {
    verbs: 'ps compose/ps compose/ps/all',
    leading: '-D -H=name',
    options: '-a',
    operands: 'name*',
  };
  const elsewhere = 'unlisted: is not listed with these words';
  it.each([
    ['ps', 'fine'],
    ['ps -a x', 'fine'],
    ['-D ps -a', 'fine'],
    ['-H x ps', 'fine'],
    ['-H ps ps', 'fine'],
    ['compose ps x', 'fine'],
    ['compose ps all x', 'fine'],
    ['-H ps', elsewhere],
    ['compose', elsewhere],
    ['compose -a ps', elsewhere],
    ['x ps', elsewhere],
    ['', elsewhere],
    ['-D', elsewhere],
    ['$', elsewhere],
    ['p*', elsewhere],
    ['-a ps', elsewhere],
    ['ps -D', 'unlisted: `-D` is not among its listed options'],
    ['-H ! ps', 'unlisted: `!` is no name'],
  ])('%s: %s', (text, answer) => expect(judge(form, text)).toBe(answer));
  it('take the longest that fits', () => {
    expect(judge({ verbs: 'a a/b', operands: 'int*' }, 'a b 5')).toBe('fine');
    expect(judge({ verbs: 'a/b a', operands: 'int*' }, 'a b 5')).toBe('fine');
  });
  it('may have the same options before them as behind', () => {
    const same: FormText = { verbs: 'ps', leading: 'same', options: '-a' };
    expect(judge(same, '-a ps')).toBe('fine');
    expect(judge(same, 'ps -a')).toBe('fine');
    expect(judge({ verbs: 'ps', options: '-a' }, '-a ps')).not.toBe('fine');
    expect(judge({ verbs: 'ps', leading: '-all', style: 'words' }, '-all ps')).toBe('fine');
  });
  it('stand where the first word does that is no option and no value of one', () => {
    const at = (text: string, style?: 'words'): number =>
      verbAt(text.split(' ').filter(Boolean).map(known), optionTable('-a -n=int', style), style);
    expect([at(''), at('x'), at('-a x y'), at('-n 5 x'), at('-n'), at('-a'), at('-z x')]).toEqual([
      0, 0, 1, 2, 1, 1, 2,
    ]);
    expect(at('-n=5 x', 'words')).toBe(1);
    expect(at('-n=5 x')).toBe(1);
  });
});

describe('a form that asks for more', () => {
  it.each([
    ['a b', 'fine'],
    ['a $', 'ask: a word that must be certain is known only when it runs'],
    ['a x$', 'ask: a word that must be certain is known only when it runs'],
    ['a *', 'fine'],
    ['a OPAQUE', 'fine'],
  ])('wants certain words behind the verb: %s: %s', (text, answer) =>
    expect(judge({ verbs: 'a', operands: 'free*', certain: true }, text)).toBe(answer),
  );
  it('and only there', () => {
    expect(judge({ verbs: 'a', leading: '-n=name', certain: true }, '-n $ a')).toBe('fine');
    expect(judge({ operands: 'text*' }, '$')).toBe('fine');
  });
  it('says itself what else must hold, of all options, in its place', () => {
    const also: FormText['also'] = (given, { isFed }) =>
      isFed ? denied('x', 'is fed') : hasOption(given, '-l', '-o') ? asked('y', `${given.operands.length}`) : fine;
    const form: FormText = { verbs: 'a', leading: '-l', options: '-o', operands: 'int*', also };
    expect(judge(form, 'a 5')).toBe('fine');
    expect(judge(form, '-l a 5 6')).toBe('ask: 2');
    expect(judge(form, 'a -o x')).toBe('unlisted: `x` is no int; ask: 1');
    expect(closedForm(form)([known('a')], { ...scene, isFed: true })).toEqual(denied('x', 'is fed'));
  });
});
