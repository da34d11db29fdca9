import { MalformedPacket } from './sftp-packets.ts';

/** What OpenSSH sends and takes at most (sftp-common.h). */
const maxPacketBytes = 256 * 1024;
/** The type and the id that every answer begins with. */
const headBytes = 5;

export interface FrameListener {
  /** A packet is whole. Its bytes may be kept. */
  packet(bytes: Buffer): void;
  /** Part of the packet with this id has arrived. */
  progress(id: number): void;
}

/** Puts packets together from the pieces of a stream, holding one at a time. Throws `MalformedPacket` at a false length. */
export class SftpFrames {
  readonly #listener: FrameListener;
  readonly #length = Buffer.alloc(4);
  #lengthBytes = 0;
  #packet: Buffer | undefined;
  #filled = 0;

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#packet ? this.#fill(this.#packet, rest) : this.#begin(rest);
  }

  #begin(chunk: Buffer): Buffer {
    const taken = chunk.copy(this.#length, this.#lengthBytes);
    this.#lengthBytes += taken;
    const rest = chunk.subarray(taken);
    if (this.#lengthBytes < 4) return rest;
    this.#lengthBytes = 0;
    const length = this.#length.readUInt32BE();
    if (length === 0 || length > maxPacketBytes) throw new MalformedPacket();
    if (rest.length < length) {
      this.#packet = Buffer.allocUnsafeSlow(length);
      this.#filled = 0;
      return rest;
    }
    this.#listener.packet(rest.subarray(0, length));
    return rest.subarray(length);
  }

  #fill(packet: Buffer, chunk: Buffer): Buffer {
    const taken = chunk.copy(packet, this.#filled);
    this.#filled += taken;
    if (this.#filled === packet.length) {
      this.#packet = undefined;
      this.#listener.packet(packet);
    } else if (this.#filled >= headBytes) {
      this.#listener.progress(packet.readUInt32BE(1));
    }
    return chunk.subarray(taken);
  }
}
