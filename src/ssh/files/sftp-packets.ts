import type { Stats } from 'node:fs';

export const protocolVersion = 3;

/** Packet types of draft-ietf-secsh-filexfer-02, section 3. */
export const packetType = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attributes: 105,
  extended: 200,
  extendedReply: 201,
} as const;

/** Status codes (section 7). */
export const statusCode = {
  ok: 0,
  endOfFile: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  unsupported: 8,
} as const;

/** Bits of an open request (section 6.3). */
export const openFlag = { read: 1, write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 } as const;

/** Which attributes follow (section 5). */
const has = { size: 1, owner: 2, mode: 4, times: 8, extended: 0x8000_0000 } as const;

export interface Attributes {
  readonly size?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly mode?: number;
  /** Seconds since 1970. */
  readonly times?: { readonly accessed: number; readonly modified: number };
}

/** The packet is not one: whoever sent it speaks something else. */
export class MalformedPacket extends Error {
  constructor() {
    super('malformed SFTP packet');
  }
}

/** Takes a packet apart, in order. Whatever reaches past its end throws `MalformedPacket`. */
export class PacketReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#take(1).readUInt8();
  }

  uint32(): number {
    return this.#take(4).readUInt32BE();
  }

  uint64(): number {
    const value = Number(this.#bigint());
    if (!Number.isSafeInteger(value)) throw new MalformedPacket();
    return value;
  }

  /** A 64-bit amount of something; what is more than a number can count exactly, as sparse files may be, counts as the most. */
  amount(): number {
    return Math.min(Number(this.#bigint()), Number.MAX_SAFE_INTEGER);
  }

  bytes(): Buffer {
    return this.#take(this.uint32());
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  attributes(): Attributes {
    const flags = this.uint32();
    const size = flags & has.size ? { size: this.amount() } : {};
    const owner = flags & has.owner ? { owner: { uid: this.uint32(), gid: this.uint32() } } : {};
    const mode = flags & has.mode ? { mode: this.uint32() } : {};
    const times = flags & has.times ? { times: { accessed: this.uint32(), modified: this.uint32() } } : {};
    const extensions = flags & has.extended ? this.uint32() : 0;
    for (let n = 0; n < extensions * 2; n += 1) this.bytes();
    return { ...size, ...owner, ...mode, ...times };
  }

  /** Whether anything is left. */
  get hasMore(): boolean {
    return this.#at < this.#bytes.length;
  }

  #bigint(): bigint {
    return this.#take(8).readBigUInt64BE();
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new MalformedPacket();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

/** A packet of `type` with its length before it. */
export function packet(type: number, ...fields: readonly Buffer[]): Buffer {
  const length = 1 + fields.reduce((sum, field) => sum + field.length, 0);
  return Buffer.concat([uint32(length), Buffer.of(type), ...fields]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

export function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

export function attributesOf(stats: Stats): Buffer {
  const seconds = (ms: number): number => Math.min(Math.max(Math.floor(ms / 1000), 0), 0xffff_ffff);
  return attributes({
    size: stats.size,
    owner: stats,
    mode: stats.mode,
    times: { accessed: seconds(stats.atimeMs), modified: seconds(stats.mtimeMs) },
  });
}

export function attributes({ size, owner, mode, times }: Attributes): Buffer {
  const parts: Buffer[] = [];
  let flags = 0;
  const add = (flag: number, ...fields: readonly Buffer[]): void => {
    flags |= flag;
    parts.push(...fields);
  };
  if (size !== undefined) add(has.size, uint64(size));
  if (owner !== undefined) add(has.owner, uint32(owner.uid), uint32(owner.gid));
  if (mode !== undefined) add(has.mode, uint32(mode));
  if (times !== undefined) add(has.times, uint32(times.accessed), uint32(times.modified));
  return Buffer.concat([uint32(flags), ...parts]);
}
