import { posix } from 'node:path';
import { GatewayError } from '../../base/errors.ts';
import { copyFile, type Copied, type Copying } from './copy-file.ts';
import { copyTree, type TreeReport } from './copy-tree.ts';
import { noSource } from './source-listing.ts';

export type Transferred =
  | { readonly kind: 'file'; readonly copied: Copied }
  | { readonly kind: 'directory'; readonly tree: TreeReport };

/** Copies what is at `source`, a file or a directory, to be at `target`. Both are absolute, without links. */
export async function transfer(copying: Copying, source: string, target: string): Promise<Transferred> {
  const { from, to } = copying;
  if (from.name === to.name && (target === source || target.startsWith(withSlash(source)))) {
    throw new GatewayError(
      'invalid_input',
      `${to.shown(target)} is what is to be transferred, or in it. Name another target.`,
    );
  }
  const facts = await from.lookAt(source).catch((error: unknown) => {
    throw from.explained(source, error);
  });
  if (facts === undefined) throw noSource(from, source);
  if (facts.type !== 'directory') return { kind: 'file', copied: await copyFile(copying, source, target) };
  await makeTop(copying, target, facts.mode);
  return { kind: 'directory', tree: await copyTree(recordingLosses(copying), source, target) };
}

/** Of a directory full of files, only what is lost is put on record: what is new can be seen from the source. */
function recordingLosses({ record, ...copying }: Copying): Copying {
  if (!record) return copying;
  return {
    ...copying,
    record: async (target, after, existing) =>
      existing === 'keep' ? undefined : await record(target, after, existing),
  };
}

async function makeTop({ to }: Copying, target: string, mode: number): Promise<void> {
  try {
    const old = await to.lookAt(target);
    if (old === undefined) await to.makeDirectory(target, mode | 0o700);
    else if (old.type !== 'directory') {
      const message = `${to.shown(target)} on ${to.name} is a ${old.type}, and the source a directory. Name another target.`;
      throw new GatewayError('already_exists', message);
    }
  } catch (error) {
    throw to.explained(target, error);
  }
}

function withSlash(path: string): string {
  return posix.join(path, '/');
}
