import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasControls, hasForbiddenControls, neutralise, neutraliseLine } from '../../src/base/untrusted-text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 200 });
/** Texts made of the characters the rules are about, so that rules meet each other. */
const trickyText = fc
  .array(
    fc.constantFrom(
      'a',
      '\r',
      '\n',
      '\t',
      '\u001b',
      '\u202e',
      '\u200d',
      '\ufe0f',
      '\u{e0100}',
      '漢',
      '👩',
      '🏽',
      '\ud800',
      '\udc00',
    ),
  )
  .map((characters) => characters.join(''));

describe('neutralise', () => {
  it.each([
    ['an escape sequence', '\u001b[31mred', String.raw`\u001b[31mred`],
    ['a NUL', 'a\0b', String.raw`a\u0000b`],
    ['DEL and C1 controls', '\u007f\u0085\u009b', String.raw`\u007f\u0085\u009b`],
    ['a lone carriage return, which overwrites a line', 'safe\revil', String.raw`safe\u000devil`],
    ['bidirectional controls', '\u202e\u2066\u200f\u061c', String.raw`\u202e\u2066\u200f\u061c`],
    ['zero-width characters', '\u200b\u200c\u2060\ufeff', String.raw`\u200b\u200c\u2060\ufeff`],
    ['invisible fillers', '\u00ad\u034f\u115f\u180e\u3164', String.raw`\u00ad\u034f\u115f\u180e\u3164`],
    ['tag characters', '\u{e0001}\u{e0041}', String.raw`\u{e0001}\u{e0041}`],
    ['line and paragraph separators', '\u2028\u2029', String.raw`\u2028\u2029`],
    ['annotation characters', '\ufff9\ufffa\ufffb', String.raw`\ufff9\ufffa\ufffb`],
    ['a lone surrogate', '\ud83d', String.raw`\ud83d`],
    ['a joiner between letters', 'a\u200db', String.raw`a\u200db`],
    ['a joiner with a pictograph on one side only', '👩\u200da', String.raw`👩\u200da`],
    ['a second variation selector', '☁\ufe0f\ufe01', String.raw`☁️\ufe01`],
    ['an ideographic variation selector after a letter', 'a\u{e0100}', String.raw`a\u{e0100}`],
  ])('escapes %s', (_, text, expected) => {
    expect(neutralise(text)).toBe(expected);
  });

  it.each([
    ['plain text with tabs and newlines', 'a\tb\nc\r\nd'],
    ['letters of any script', 'Grüße, 漢字, עברית, العربية, हिन्दी, ไทย'],
    ['joined pictographs', '👩‍⚕️ 🏳️‍🌈 👨🏽‍💻 👨‍👩‍👧'],
    ['an ideograph with its variation', '葛\u{e0100}'],
    ['what looks like an escape', String.raw`\u202e`],
  ])('leaves %s alone', (_, text) => {
    expect(neutralise(text)).toBe(text);
  });

  it('changes nothing the second time', () => {
    fc.assert(fc.property(fc.oneof(anyText, trickyText), (text) => neutralise(neutralise(text)) === neutralise(text)));
  });

  it('leaves no control, bidirectional control, tag or lone surrogate', () => {
    const harmful = /(?!\t|\r?\n)[\p{Cc}\p{Cs}\p{Bidi_Control}\u{e0000}-\u{e007f}]|[\u2028\u2029]|\r(?!\n)/u;
    fc.assert(
      fc.property(fc.oneof(anyText, trickyText), (text) => !harmful.test(neutralise(text).replaceAll('\r\n', ''))),
    );
  });

  it.each(['\r', '\u200d', '\ufe0f', '\u001b', '👩\u200d', '\u{e0100}'])(
    'takes a million of %j in linear time',
    (evil) => {
      const started = performance.now();
      neutralise(evil.repeat(1_000_000));
      expect(performance.now() - started).toBeLessThan(5_000);
    },
  );
});

describe('neutraliseLine', () => {
  it('keeps a text on one line', () => {
    expect(neutraliseLine('a\nb\r\nc\td')).toBe(String.raw`a\u000ab\u000d\u000ac\u0009d`);
  });
});

describe('what may stand in an argument', () => {
  it.each([
    { text: 'echo hello\n\techo world', command: true, line: false },
    { text: 'echo grüße 👩‍⚕️', command: true, line: true },
    { text: '/srv/my file.txt', command: true, line: true },
    { text: 'echo safe\r\nrm -rf x', command: false, line: false },
    { text: 'echo safe\rrm -rf x', command: false, line: false },
    { text: 'cat /etc/\0passwd', command: false, line: false },
    { text: 'echo \u202egnp.exe', command: false, line: false },
    { text: 'rm\u200b -rf', command: false, line: false },
    { text: '\u001b[2J', command: false, line: false },
    { text: '\ud800', command: false, line: false },
  ])('$text: in a command $command, in a path $line', ({ text, command, line }) => {
    expect([!hasForbiddenControls(text), !hasControls(text)]).toEqual([command, line]);
  });
});
