import { BerthError } from '../domain/errors.ts';
import { ByteReader } from './archive-bytes.ts';
import { blockSize, tarChecksum, tarPadding } from './archive-tar.ts';
import { numberRead, textRead, ustarName } from './archive-tar-read.ts';

/** An entry of a tar of somebody's files, with everything that a file has. */
export interface FileEntry {
  /** tar's own: '0' a file, '1' a hard link, '2' a symlink, '3' and '4' devices, '5' a folder, '6' a pipe. */
  type: string;
  /** As it is written. */
  name: string;
  target: string;
  /** With whatever bits its writer put there. */
  mode: number;
  uid: number;
  gid: number;
  /** Of the owner and the group, where the tar was made. */
  uname: string;
  gname: string;
  /** Bytes of content that follow. */
  size: number;
  /** Seconds since 1970. */
  mtime: number;
  major: number;
  minor: number;
  /** By name; each character is one byte. */
  xattrs: ReadonlyMap<string, string>;
}

const extensionLimit = 1024 * 1024;
const xattrPrefix = 'SCHILY.xattr.';

/** Reads a tar as Go's archive/tar does. Sparse files are refused; the content of each entry must be read before the next is asked for. */
export class FileTarReader {
  readonly #bytes: ByteReader;
  #padding = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#bytes = new ByteReader(source);
  }

  /** null at the end. */
  async next(): Promise<FileEntry | null> {
    const pax = new Map<string, string>();
    for (;;) {
      await this.#bytes.read(this.#padding);
      this.#padding = 0;
      const header = await this.#bytes.read(blockSize);
      if (header === null || header.every((byte) => byte === 0)) {
        await this.#bytes.drain(Number.POSITIVE_INFINITY);
        return null;
      }
      if (numberRead(header, 148, 8, 'a checksum') !== tarChecksum(header)) throw malformed('archive/tar: invalid tar header');
      const type = header[156] === 0 ? '0' : String.fromCharCode(header[156] ?? 0);
      const size = numberRead(header, 124, 12, 'a size');
      if (!'xLKgS'.includes(type)) return this.#entry(header, type, size, pax);
      if (type === 'S') throw malformed('The context has a sparse file. Make its tar without --sparse.');
      const body = await this.#extension(size);
      if (type === 'L') pax.set('path', textRead(body, 0, body.length));
      if (type === 'K') pax.set('linkpath', textRead(body, 0, body.length));
      if (type === 'x') for (const [key, value] of paxPairs(body)) pax.set(key, value);
    }
  }

  content(entry: FileEntry): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#bytes.stream(entry.size);
  }

  async close(): Promise<void> {
    await this.#bytes.close();
  }

  #entry(header: Uint8Array, written: string, headerSize: number, pax: ReadonlyMap<string, string>): FileEntry {
    for (const key of pax.keys())
      if (key.startsWith('GNU.sparse')) throw malformed('The context has a sparse file. Make its tar without --sparse.');
    const number = (key: string, at: number, length: number, what: string) =>
      pax.has(key) ? Number(pax.get(key)) : numberRead(header, at, length, what);
    const name = pax.get('path') ?? ustarName(header);
    const type = written === '0' && name.endsWith('/') ? '5' : written === '7' ? '0' : written;
    const size = type === '0' ? number('size', 124, 12, 'a size') : 0;
    const skipped = type === '0' ? 0 : headerSize;
    if (!Number.isSafeInteger(size) || size < 0 || skipped > 0) throw malformed('archive/tar: invalid tar header');
    this.#padding = tarPadding(size);
    return {
      ...{ type, name, size, target: pax.get('linkpath') ?? textRead(header, 157, 100) },
      mode: numberRead(header, 100, 8, 'a mode'),
      uid: number('uid', 108, 8, 'an owner'),
      gid: number('gid', 116, 8, 'a group'),
      uname: pax.get('uname') ?? textRead(header, 265, 32),
      gname: pax.get('gname') ?? textRead(header, 297, 32),
      mtime: Math.floor(number('mtime', 136, 12, 'a time')),
      major: numberRead(header, 329, 8, 'a device'),
      minor: numberRead(header, 337, 8, 'a device'),
      xattrs: new Map(
        [...pax].filter(([key]) => key.startsWith(xattrPrefix)).map(([key, value]) => [key.slice(xattrPrefix.length), value]),
      ),
    };
  }

  async #extension(size: number): Promise<Uint8Array> {
    const body = size > 0 && size <= extensionLimit ? await this.#bytes.read(size) : null;
    if (body === null) throw malformed('archive/tar: invalid tar header');
    this.#padding = tarPadding(size);
    return body;
  }
}

/** `<length> <key>=<value>\n`, where the length counts itself. Values of xattrs are bytes, of all others text. */
function* paxPairs(body: Uint8Array): Generator<[key: string, value: string]> {
  for (let start = 0; start < body.length; ) {
    const space = body.indexOf(0x20, start);
    const end = start + Number(space < 0 ? Number.NaN : textRead(body, start, space - start));
    const equals = body.indexOf(0x3d, space);
    if (!(end > equals && end <= body.length && equals > space) || body[end - 1] !== 0x0a)
      throw malformed('archive/tar: invalid tar header');
    const key = textRead(body, space + 1, equals - space - 1);
    const value = body.subarray(equals + 1, end - 1);
    yield [key, key.startsWith(xattrPrefix) ? Array.from(value, (byte) => String.fromCharCode(byte)).join('') : decoder.decode(value)];
    start = end;
  }
}

const decoder = new TextDecoder();

function malformed(message: string): BerthError {
  return new BerthError('malformed', message);
}
