import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blocksOf, tableUnder } from '../fixtures/pages.ts';
import { runHere } from '../fixtures/run-here.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';

const page = 'docs/policy-cookbook.md';
const blocks = blocksOf(page);
const recipes = blocks.filter(({ language }) => language === 'yaml');
const servers = blocks.find(({ language }) => language === 'json')?.text ?? '';

let place: SallyportPlace;
beforeEach(() => {
  place = new SallyportPlace();
  place.write('config/servers.json', servers);
});
afterEach(() => place[Symbol.asyncDispose]());

describe('the policy cookbook', () => {
  it('has recipes for more than a dozen needs', () => {
    expect(recipes.length).toBeGreaterThan(12);
  });

  it.each(recipes)('decides what it says: $heading', async ({ heading, text }) => {
    place.write('config/policy.yaml', text);
    const checked = await runHere(place, ['policy', 'check']);
    expect(checked).toMatchObject({ status: 0, stderr: '' });
    const rows = tableUnder(page, heading);
    expect(rows.length).toBeGreaterThan(2);
    const decided: string[][] = [];
    for (const [role = '', server = '', command = ''] of rows) {
      const words = ['policy', 'explain', '--profile', role, '--server', server, '--json', '--', command];
      const { stdout, stderr } = await runHere(place, words);
      const { decision } = JSON.parse(stdout === '' ? '{}' : stdout) as { decision?: string };
      decided.push([role, server, command, decision ?? stderr]);
    }
    expect(decided).toEqual(rows);
  });
});
