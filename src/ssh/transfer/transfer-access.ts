import type { FileChanges } from '../../changes/change.ts';
import { GatewayError } from '../../base/errors.ts';
import type { HostId } from '../../hosts/host.ts';
import type { Permit } from '../../policy/permit.ts';
import type { FileWay } from '../files/file-access.ts';
import type { Copying, Overwrite } from './copy-file.ts';
import { gatewayPlaceIn } from './gateway-place.ts';
import { accountFiles } from '../files/host-files.ts';
import { HostPlace } from './host-place.ts';
import type { Place } from './place.ts';
import { listSource, type ListedSource, type SourceListing } from './source-listing.ts';
import type { TransferDirectory } from './transfer-directory.ts';
import { transfer, type Transferred } from './transfer.ts';

/** One end of a transfer; without a host, the gateway itself. */
export interface TransferEnd {
  readonly host: HostId | undefined;
  readonly path: string;
}

export interface TransferOrder {
  readonly from: TransferEnd;
  readonly to: TransferEnd;
  readonly overwrite: Overwrite;
  /** After so long it stops, to be gone on with. */
  readonly timeoutMs: number;
  readonly progressed: Copying['progressed'];
  /** What the source was when a person was asked: nothing else is copied. */
  readonly mustBe?: SourceListing;
}

export interface TransferAccess {
  /** Copies a file or a directory from one end to the other, without holding it. */
  transfer(order: TransferOrder): Promise<Transferred>;
  /** What a transfer from there would carry. */
  listSource(from: TransferEnd): Promise<ListedSource>;
}

/** What all transfers share. */
export interface TransferRoom {
  /** Undefined where nothing is set aside on the gateway. */
  readonly directory: TransferDirectory | undefined;
  readonly busy: Set<string>;
}

interface Opened {
  readonly place: Place;
  readonly path: string;
  readonly record?: Copying['record'];
}

export function transferAccess(
  permit: Permit,
  way: FileWay,
  { room, changes }: { readonly room: TransferRoom; readonly changes: FileChanges | undefined },
): TransferAccess {
  const withEnd = async <T>(
    use: 'source' | 'target',
    end: TransferEnd,
    work: (end: Opened) => Promise<T>,
  ): Promise<T> => {
    const { host, path } = end;
    if (host === undefined) {
      const kind = use === 'source' ? 'read_gateway_file' : 'write_gateway_file';
      if (!permit.covers({ kind, path })) throw new Error(`no permit covers ${kind}`);
      if (!room.directory) throw new GatewayError('path_not_permitted', 'The gateway has no directory for transfers.');
      const own = await room.directory.resolve(path, use);
      return await work({ place: gatewayPlaceIn(own.top), path: own.path });
    }
    const kind = use === 'source' ? 'read_path' : 'write_path';
    const resolved = permit.resolvedPath(kind, host, path);
    if (resolved === undefined || !permit.covers({ kind, host, path, tree: true, resolved })) {
      throw new Error(`no permit covers all of ${kind}`);
    }
    return await way.overSftp(host, path, (sftp, connection, ends) =>
      work({
        place: new HostPlace(sftp, connection, ends),
        path: resolved,
        record: async (target, after) => {
          if (!changes) throw new Error('a file is changed by a call that keeps no changes');
          const before = await accountFiles(sftp).look(target, changes.maxFileBytes);
          return await changes.begin({ host, path: target, by: 'account', operation: 'transfer', before, after });
        },
      }),
    );
  };
  return {
    listSource: (from) =>
      withEnd('source', from, async ({ place, path }) => {
        try {
          return await listSource(place, path);
        } catch (error) {
          throw place.explained(path, error);
        }
      }),
    transfer: ({ from, to, overwrite, timeoutMs, progressed, mustBe }) => {
      const endsAt = performance.now() + timeoutMs;
      return withEnd('source', from, (source) =>
        withEnd('target', to, async (target) => {
          const isTimeUp = (): boolean => performance.now() > endsAt;
          const ends = { from: source.place, to: target.place };
          const { record } = target;
          const held = { ...(record && { record }), ...(mustBe && { mustBe: mustBe.contents }) };
          const copying = { ...ends, overwrite, isTimeUp, progressed, busy: room.busy, ...held };
          return await transfer(copying, source.path, target.path);
        }),
      );
    },
  };
}
