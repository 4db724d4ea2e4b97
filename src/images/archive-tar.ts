/**
 * The tar format, as much of it as an image archive uses: POSIX.1-2017 "ustar" and "pax", and GNU's long names.
 * https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html
 */
export interface TarEntry {
  kind: 'file' | 'directory' | 'symlink' | 'hardlink';
  /** As the archive has it; see archive-tree.ts for what it means. */
  name: string;
  /** Where a link leads: of a symlink from its own folder, of a hardlink from the root. Else empty. */
  target: string;
  /** Bytes of content that follow. 0 for all but files. */
  size: number;
  /** Seconds since 1970. */
  mtime: number;
  /** Permission bits, when it is written; else the usual ones of its kind. */
  mode?: number;
}

export const blockSize = 512;

/** Zero bytes between the end of a content of `size` bytes and the next header. */
export function tarPadding(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

/** The sum over a header's bytes, with its own eight bytes counted as spaces. */
export function tarChecksum(header: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let i = 0; i < blockSize; i++) if (i < 148 || i >= 156) sum += header[i]!;
  return sum;
}
