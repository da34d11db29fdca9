import { MalformedPacket, packetType, statusCode, type Attributes, type PacketReader } from './sftp-packets.ts';

/** Reads the answer to one request. Throws `SftpRefusal` for a refusal, `MalformedPacket` for what is no answer to it. */
export type ReadReply<T> = (type: number, body: PacketReader) => T;

/** Handles are at most this long (draft-ietf-secsh-filexfer-02, section 6.2). */
const maxHandleBytes = 256;
/** Above what any file system has for a name. */
const maxNameBytes = 4096;
/** The rest of an `ls -l` line: type, mode, links, owner, size and time. */
const maxLongNameExtra = 512;

/** The server's no. Its text is not kept: it is the host's, and might be anything. */
export class SftpRefusal extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`SFTP status ${status}`);
    this.status = status;
  }
}

export interface NamedEntry {
  readonly name: string;
  /** Empty where the host's is far longer than the name and what stands before it. */
  readonly longName: string;
  readonly attributes: Attributes;
}

/** The answer of a request that only says whether it was done. */
export const done: ReadReply<undefined> = (type, body) => {
  if (type !== packetType.status) throw new MalformedPacket();
  const status = body.uint32();
  if (status !== statusCode.ok) throw new SftpRefusal(status);
};

function answer<T>(expected: number, read: (body: PacketReader) => T): ReadReply<T> {
  return (type, body) => {
    if (type === expected) return read(body);
    done(type, body);
    // A success without what was asked for.
    throw new MalformedPacket();
  };
}

/** End of file or directory is an answer, and becomes `end`. */
function orEnd<T, End>(read: ReadReply<T>, end: End): ReadReply<T | End> {
  return (type, body) => {
    try {
      return read(type, body);
    } catch (error) {
      if (error instanceof SftpRefusal && error.status === statusCode.endOfFile) return end;
      throw error;
    }
  };
}

export const handle = answer(packetType.handle, (body) => {
  const bytes = body.bytes();
  if (bytes.length === 0 || bytes.length > maxHandleBytes) throw new MalformedPacket();
  return bytes;
});

export const attributesReply = answer(packetType.attributes, (body) => body.attributes());

/** At most `length` bytes; none at the end of the file. */
export function data(length: number): ReadReply<Buffer> {
  const read = answer(packetType.data, (body) => {
    const bytes = body.bytes();
    if (bytes.length > length) throw new MalformedPacket();
    return bytes;
  });
  return orEnd(read, Buffer.alloc(0));
}

/** The one name that REALPATH and READLINK answer with. */
export const oneName = answer(packetType.name, (body) => {
  if (body.uint32() !== 1) throw new MalformedPacket();
  return body.text();
});

/** Some entries of a directory; undefined at its end, and for an answer without any, which OpenSSH's client takes for it. */
export const entries = orEnd(
  answer(packetType.name, (body) => {
    const count = body.uint32();
    const read: NamedEntry[] = [];
    while (read.length < count) read.push(entry(body));
    return read.length === 0 ? undefined : read;
  }),
  undefined,
);

/** A slash or a NUL is in no file's name: it is in the name that leads whoever uses it to another file. */
function entry(body: PacketReader): NamedEntry {
  const nameBytes = body.bytes();
  const longName = body.bytes();
  const attributes = body.attributes();
  const isName = nameBytes.length > 0 && nameBytes.length <= maxNameBytes;
  if (!isName || nameBytes.includes('/') || nameBytes.includes(0)) throw new MalformedPacket();
  const isTooLong = longName.length > nameBytes.length + maxLongNameExtra;
  return { name: nameBytes.toString('utf8'), longName: isTooLong ? '' : longName.toString('utf8'), attributes };
}

/** Bytes left for an ordinary user (statvfs@openssh.com: block sizes, then blocks: all, free, free for users). */
export const freeBytes = answer(packetType.extendedReply, (body) => {
  const [, fragmentSize = 0, , , available = 0] = Array.from({ length: 5 }, () => body.amount());
  return available * fragmentSize;
});

export interface SftpLimits {
  readonly readBytes: number;
  readonly writeBytes: number;
}

/** limits@openssh.com: the largest packet, read and write; 0 where the server does not say. */
export const limits = answer(packetType.extendedReply, (body): SftpLimits => {
  body.amount();
  return { readBytes: body.amount(), writeBytes: body.amount() };
});
