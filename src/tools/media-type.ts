/** The first bytes of common formats that are no text. */
const signatures: readonly (readonly [type: string, bytes: string, at?: number])[] = [
  ['image/png', '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', '\xff\xd8\xff'],
  ['image/gif', 'GIF87a'],
  ['image/gif', 'GIF89a'],
  ['image/webp', 'WEBP', 8],
  ['image/tiff', 'II*\0'],
  ['image/tiff', 'MM\0*'],
  ['image/vnd.microsoft.icon', '\0\0\x01\0'],
  ['application/pdf', '%PDF-'],
  ['application/zip', 'PK\x03\x04'],
  ['application/gzip', '\x1f\x8b'],
  ['application/x-bzip2', 'BZh'],
  ['application/x-xz', '\xfd7zXZ\0'],
  ['application/zstd', '\x28\xb5\x2f\xfd'],
  ['application/x-7z-compressed', "7z\xbc\xaf'\x1c"],
  ['application/x-tar', 'ustar', 257],
  ['application/x-executable', '\x7fELF'],
  ['application/vnd.sqlite3', 'SQLite format 3\0'],
  ['application/wasm', '\0asm'],
  ['application/java-vm', '\xca\xfe\xba\xbe'],
  ['audio/mpeg', 'ID3'],
  ['audio/ogg', 'OggS'],
  ['audio/flac', 'fLaC'],
  ['audio/wav', 'WAVE', 8],
  ['video/mp4', 'ftyp', 4],
  ['font/woff2', 'wOF2'],
];

/** The media type of a file that is no text, by its first bytes; undefined where they are those of no common format. */
export function mediaType(head: Buffer): string | undefined {
  const text = head.subarray(0, 512).toString('latin1');
  return signatures.find(([, bytes, at = 0]) => text.startsWith(bytes, at))?.[0];
}
