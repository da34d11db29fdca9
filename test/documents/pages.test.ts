import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { snippets } from '../../src/cli/snippets.ts';
import { blocksOf, pages, readPage } from '../fixtures/pages.ts';
import { followedPages } from '../fixtures/reader.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const blocks = pages.flatMap(blocksOf);

/** What a block may be; of those in a shell, `sh` is followed by a test, `console` cannot be run here. */
const languages = new Set(['sh', 'console', 'text', 'json', 'yaml', 'toml', 'ini']);

/** As GitHub makes the name of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** Without what people set as they like. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, '');
}

/** What stands between the outermost braces. */
function innerOf(json: string): string {
  return json.slice(1, -1);
}

function anchorsOf(page: string): readonly string[] {
  return [...readPage(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

describe('the pages', () => {
  it('say of every block what it is', () => {
    expect(blocks.filter(({ language }) => !languages.has(language))).toEqual([]);
  });

  it('have shell blocks only where a test follows them', () => {
    const shell = blocks.filter(({ language }) => language === 'sh').map(({ place }) => place.replace(/:\d+$/, ''));
    expect([...new Set(shell)].toSorted()).toEqual([...followedPages].toSorted());
  });

  it.each(blocks.filter(({ language }) => language === 'json' || language === 'yaml'))(
    'have blocks that can be read: $place',
    ({ language, text }) => {
      expect(typeof (language === 'json' ? JSON.parse(text) : (parse(text) as unknown))).toBe('object');
    },
  );

  it('have the settings that the first start prints for its clients', () => {
    const ours = blocks.filter(({ place }) => place.startsWith('docs/clients.md')).map(({ text }) => plain(text));
    const printed = snippets('http://127.0.0.1:8000/mcp', 'YOUR_TOKEN');
    const asInput = (text: string): string => text.replace('YOUR_TOKEN', '${input:sallyport}');
    for (const { text } of printed) {
      expect(ours.some((block) => block.includes(plain(text)) || block.includes(innerOf(plain(asInput(text)))))).toBe(
        true,
      );
    }
  });

  it.each(pages)('lead to pages and headings that are there: %s', (page) => {
    const links = [...readPage(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    const broken = links.flatMap(([text, path = '', anchor]) => {
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return [text];
      return anchor === undefined || anchorsOf(target).includes(anchor) ? [] : [text];
    });
    expect(broken).toEqual([]);
  });
});
