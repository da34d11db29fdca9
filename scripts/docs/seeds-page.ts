import { readFileSync } from 'node:fs';
import type { Claim, ClaimList, Proof } from '../../acceptance/claim.ts';
import { claimLists } from '../../acceptance/claims/lists.ts';
import { page, table } from './markdown.ts';

const introduction =
  'Sallyport takes the place of two gateways, mcp-ssh and ssh-mcp-server. This is what their users rely on and what they ' +
  'said of themselves, line by line, and what proves that it is so here. `npm run acceptance` tries all of it: checks run ' +
  'against the package as it is built, with the example files of both and a real SSH server; tests are those of this ' +
  'repository. *There* says how much of it was true of the gateway that said it.';

export function seedsPage(): string {
  const sections = claimLists.flatMap((list) => [`## ${list.title}`, tableOf(list)]);
  return page('What both seeds promised', [introduction, ...sections]);
}

function tableOf({ claims }: ClaimList): string {
  const hasSeed = claims.some(({ inSeed }) => inSeed !== undefined);
  const rowOf = ({ line, claim, inSeed, proofs }: Claim): readonly string[] => [
    String(line),
    claim,
    ...(hasSeed ? [inSeed ?? ''] : []),
    proofs.map(proven).join('<br>'),
  ];
  return table(['', 'Claim', ...(hasSeed ? ['There'] : []), 'Proven by'], claims.map(rowOf));
}

/** Throws where a test is named that is not in its file. */
function proven(proof: Proof): string {
  switch (proof.kind) {
    case 'check':
      return `check: ${proof.name}`;
    case 'test': {
      const source = readFileSync(new URL(`../../${proof.file}`, import.meta.url), 'utf8');
      if (!source.includes(`'${proof.title}'`)) throw new Error(`${proof.file} has no test '${proof.title}'`);
      return `[${proof.file}](../${proof.file}): ${proof.title}`;
    }
  }
}
