import type { CheckName } from './checks/all.ts';

/** Tests of this repository: the one of this title, or all below a `describe` of this title. */
export interface TestProof {
  readonly kind: 'test';
  readonly file: string;
  readonly title: string;
}

/** Something that is run and shows that a claim holds; a check is run against the built package. */
export type Proof = TestProof | { readonly kind: 'check'; readonly name: CheckName };

export interface Claim {
  /** Where it stands in its list: several claims may share a line. */
  readonly line: number;
  readonly claim: string;
  /** How much of it is true of the seed. */
  readonly inSeed?: 'yes' | 'partly' | 'no';
  readonly proofs: readonly Proof[];
}

export interface ClaimList {
  /** Short, for the names of its lines: `mcp-ssh 3`. */
  readonly name: string;
  readonly title: string;
  /** How many lines there are: each must have a claim. */
  readonly lines: number;
  readonly claims: readonly Claim[];
}

export function check(name: CheckName): Proof {
  return { kind: 'check', name };
}

export function test(file: string, title: string): TestProof {
  return { kind: 'test', file, title };
}

/** What is missing of a list, before anything is run. */
export function gapsOf({ name, lines, claims }: ClaimList): readonly string[] {
  const wanted = Array.from({ length: lines }, (_, at) => at + 1);
  const missing = wanted.filter((line) => claims.every((claim) => claim.line !== line));
  const strange = claims.filter(({ line }) => !wanted.includes(line));
  return [
    ...missing.map((line) => `${name} ${line}: there is no claim`),
    ...strange.map(({ line }) => `${name} ${line}: there is no such line`),
    ...claims
      .filter(({ proofs }) => proofs.length === 0)
      .map(({ line, claim }) => `${name} ${line}: nothing proves: ${claim}`),
  ];
}
