/** One entry of a tar archive, as far as files, folders and links go. */
export interface TarEntry {
  /** Without leading or trailing slash. */
  name: string;
  type: 'file' | 'directory' | 'symlink';
  mode: number;
  /** Seconds since 1970. */
  mtime: number;
  linkname: string;
  data: Buffer;
}

const blockSize = 512;
const typeByFlag: Record<string, TarEntry['type'] | undefined> = { '0': 'file', '\0': 'file', '5': 'directory', '2': 'symlink' };
const flagByType = { file: '0', directory: '5', symlink: '2' };

/** Synchronous, since a fake's archives are small and its processes read files. Throws for what is no archive. */
export function tarRead(archive: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  let longName: string | undefined;
  for (let at = 0; at + blockSize <= archive.length && archive[at] !== 0; ) {
    const header = archive.subarray(at, at + blockSize);
    if (checksum(header) !== octal(header, 148, 8)) throw new Error('archive/tar: invalid tar header');
    const size = octal(header, 124, 12);
    const data = archive.subarray(at + blockSize, at + blockSize + size);
    const flag = String.fromCharCode(header[156] ?? 0);
    const type = typeByFlag[flag];
    if (flag === 'x') longName = /\d+ path=(.*)\n/.exec(data.toString())?.[1];
    else if (type !== undefined) {
      const prefix = text(header, 345, 155);
      const name = longName ?? (prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`);
      entries.push({
        name: nameClean(name),
        type,
        mode: octal(header, 100, 8),
        mtime: octal(header, 136, 12),
        linkname: text(header, 157, 100),
        data,
      });
      longName = undefined;
    }
    at += blockSize + Math.ceil(size / blockSize) * blockSize;
  }
  return entries;
}

export function tarWrite(entries: TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const header = Buffer.alloc(blockSize);
    header.write(entry.type === 'directory' ? `${entry.name}/` : entry.name, 0, 100);
    header.write(octalText(entry.mode, 7), 100);
    header.write(octalText(0, 7), 108);
    header.write(octalText(0, 7), 116);
    header.write(octalText(entry.data.length, 11), 124);
    header.write(octalText(entry.mtime, 11), 136);
    header.write(flagByType[entry.type], 156);
    header.write(entry.linkname, 157, 100);
    header.write('ustar\x0000', 257);
    header.write(octalText(checksum(header), 6), 148);
    return [header, entry.data, Buffer.alloc(-entry.data.length & (blockSize - 1))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)]);
}

/** A file with the rest filled in. */
export function tarFile(name: string, data: string | Buffer): TarEntry {
  return { name, type: 'file', mode: 0o644, mtime: 0, linkname: '', data: Buffer.from(data) };
}

export function tarFolder(name: string): TarEntry {
  return { name, type: 'directory', mode: 0o755, mtime: 0, linkname: '', data: Buffer.alloc(0) };
}

function nameClean(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

function text(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString();
}

function octal(header: Buffer, at: number, length: number): number {
  return Number.parseInt(text(header, at, length).trim() || '0', 8);
}

function octalText(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`;
}

/** The sum of the header's bytes, its own eight counted as spaces. */
function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < blockSize; at += 1) sum += at >= 148 && at < 156 ? 32 : (header[at] ?? 0);
  return sum;
}
