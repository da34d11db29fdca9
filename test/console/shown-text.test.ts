import { describe, expect, it } from 'vitest';
import { piecesOf, shownText } from '../../src/console/shown-text.ts';

const textOf = async (text: string): Promise<string> => String(await shownText(text));

describe('text that an agent wrote', () => {
  it.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    `' onmouseover='alert(1)`,
    '</bdo></pre><form action=//evil.example>',
    '&lt;b&gt; &amp;',
    '<\u200bscript>',
    'а<b>а',
  ])('stays text on a page: %s', async (text) => {
    const shown = (await textOf(text)).replace(/<\/?(?:bdo|mark|small)(?: dir="ltr"| class="hidden")?>/g, '');
    expect(shown).not.toMatch(/[<>"']/);
  });

  it.each([
    ['\u202e', 'U+202E right-to-left override'],
    ['\u2066', 'U+2066 left-to-right isolate'],
    ['\u200b', 'U+200B zero-width space'],
    ['\u00ad', 'U+00AD soft hyphen'],
    ['\ufeff', 'U+FEFF byte order mark'],
    ['\u00a0', 'U+00A0 no-break space'],
    ['\u3000', 'U+3000 space'],
    ['\u2800', 'U+2800 empty braille pattern'],
    ['\u3164', 'U+3164 character that is not seen'],
    ['\u{e0041}', 'U+E0041 tag character'],
    ['\ufe0f', 'U+FE0F variation selector'],
    ['\u{e0100}', 'U+E0100 variation selector'],
    ['\u0301', 'U+0301 combining mark'],
    ['\x1b', 'U+001B escape'],
    ['\x00', 'U+0000 null'],
    ['\x85', 'U+0085 control character'],
    ['\r', 'U+000D carriage return'],
    ['\t', 'U+0009 tab'],
    ['\ud800', 'U+D800 half of a character'],
    ['\ue000', 'U+E000 character of no meaning'],
    ['\u2028', 'U+2028 line separator'],
  ])('shows what would not be seen by its name: %j', async (character, what) => {
    expect(piecesOf(`rm ${character}-rf`)).toEqual([
      { kind: 'plain', text: 'rm ' },
      { kind: 'hidden', what },
      { kind: 'plain', text: '-rf' },
    ]);
    expect(await textOf(`a${character}b`)).not.toContain(character);
    expect(await textOf(character)).toContain(what);
  });

  it('marks letters that pass for others, each with its script and number', () => {
    expect(piecesOf('rm -rf /srv/\u0430pp')).toEqual([
      { kind: 'plain', text: 'rm -rf /srv/' },
      { kind: 'foreign', text: '\u0430', what: 'U+0430 Cyrillic' },
      { kind: 'plain', text: 'pp' },
    ]);
    expect(piecesOf('\uff52\u03bf')).toEqual([
      { kind: 'foreign', text: '\uff52', what: 'U+FF52 Latin' },
      { kind: 'foreign', text: '\u03bf', what: 'U+03BF Greek' },
    ]);
  });

  it('names long runs by their script alone, and shows them in the order of their characters', async () => {
    expect(piecesOf('\u0440\u0430\u0431\u043e\u0442\u0430')).toEqual([
      { kind: 'foreign', text: '\u0440\u0430\u0431\u043e\u0442\u0430', what: 'Cyrillic' },
    ]);
    expect(await textOf('\u05d0\u05d1 1')).toMatch(/^<bdo dir="ltr">.*Hebrew.*<\/bdo>$/s);
  });

  it('leaves plain commands as they are, line by line', () => {
    expect(piecesOf("printf '%s\\n' a\nls -l")).toEqual([{ kind: 'plain', text: "printf '%s\\n' a\nls -l" }]);
  });

  it('is shown in time that grows with its length', async () => {
    const began = performance.now();
    await textOf('\u0430\u200b'.repeat(50_000));
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
