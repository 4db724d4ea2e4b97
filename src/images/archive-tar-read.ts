import { BerthError } from '../domain/errors.ts';
import { ByteReader } from './archive-bytes.ts';
import type { TarEntry } from './archive-tar.ts';
import { blockSize, tarChecksum, tarPadding } from './archive-tar.ts';

/** Bytes of a pax header or a GNU long name. A name in an image archive is under a hundred. */
const extensionLimit = 64 * 1024;
/** Bytes after the end marker: tar pads to its record size, which is rarely above half of this. */
const trailingLimit = 1024 * 1024;

/**
 * Reads a tar stream entry by entry. What it does not know is refused ('malformed'), never skipped: sparse files,
 * devices, global pax headers, volume labels. The content of each entry must be read before the next one is asked for.
 */
export class TarReader {
  readonly #bytes: ByteReader;
  #padding = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#bytes = new ByteReader(source);
  }

  /** The next entry, or null once the archive's end was seen and the source is read to its end. */
  async next(): Promise<TarEntry | null> {
    const extension: Extension = {};
    for (;;) {
      await this.#bytes.read(this.#padding);
      this.#padding = 0;
      const header = await this.#header();
      if (header === null) {
        if (extension.seen) throw malformed('The archive ends after a header that announces another one.');
        return null;
      }
      const size = numberRead(header, 124, 12, 'a size');
      const type = String.fromCharCode(header[156]!);
      if (type === 'x' || type === 'L' || type === 'K') {
        extensionAdd(extension, type, await this.#extensionBody(size));
        continue;
      }
      const entry = entryRead(header, type, size, extension);
      this.#padding = tarPadding(entry.size);
      return entry;
    }
  }

  /** The entry's content, in views of the source's own chunks. */
  content(entry: TarEntry): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#bytes.stream(entry.size);
  }

  async close(): Promise<void> {
    await this.#bytes.close();
  }

  async #header(): Promise<Uint8Array | null> {
    const header = await this.#bytes.read(blockSize);
    if (header === null) return null;
    if (header.every((byte) => byte === 0)) return this.#end();
    if (numberRead(header, 148, 8, 'a checksum') !== tarChecksum(header)) {
      throw malformed('The archive is not a tar file, or it is damaged: a header has a wrong checksum.');
    }
    return header;
  }

  async #end(): Promise<null> {
    const second = await this.#bytes.read(blockSize);
    if (second?.some((byte) => byte !== 0)) throw malformed('The archive is damaged: its end marker is not complete.');
    if (!(await this.#bytes.drain(trailingLimit))) {
      throw malformed('The archive has more data after its end. Load one archive at a time.');
    }
    return null;
  }

  async #extensionBody(size: number): Promise<Uint8Array> {
    if (size === 0 || size > extensionLimit) throw malformed('The archive has an extended header that is empty or too large.');
    const body = await this.#bytes.read(size);
    if (body === null) throw malformed('The archive ends in the middle of a header.');
    this.#padding = tarPadding(size);
    return body;
  }
}

/** What 'x', 'L' and 'K' headers say of the entry after them. */
interface Extension {
  seen?: true;
  path?: string;
  linkpath?: string;
  size?: number;
}

function extensionAdd(extension: Extension, type: 'x' | 'L' | 'K', body: Uint8Array): void {
  extension.seen = true;
  if (type === 'L') extension.path = textRead(body, 0, body.length);
  else if (type === 'K') extension.linkpath = textRead(body, 0, body.length);
  else {
    for (const [key, value] of paxRecords(body)) {
      if (key.startsWith('GNU.sparse')) throw malformed('The archive has a sparse file. Make it again without --sparse.');
      if (key === 'path') extension.path = value;
      if (key === 'linkpath') extension.linkpath = value;
      if (key === 'size') {
        if (!/^\d{1,15}$/.test(value)) throw malformed('The archive has a pax header with a size that is not a number.');
        extension.size = Number(value);
      }
    }
  }
}

/** `<length> <key>=<value>\n`, again and again, where the length counts itself. */
function* paxRecords(body: Uint8Array): Generator<[key: string, value: string]> {
  let start = 0;
  while (start < body.length) {
    const space = body.indexOf(0x20, start);
    const digits = space < 0 ? '' : textRead(body, start, space - start);
    const end = start + Number(digits);
    if (!/^[1-9]\d{0,5}$/.test(digits) || end > body.length || end <= space + 1 || body[end - 1] !== 0x0a) {
      throw malformed('The archive has a pax header that cannot be read.');
    }
    const record = decoder.decode(body.subarray(space + 1, end - 1));
    const equals = record.indexOf('=');
    if (equals < 1) throw malformed('The archive has a pax header that cannot be read.');
    yield [record.slice(0, equals), record.slice(equals + 1)];
    start = end;
  }
}

function entryRead(header: Uint8Array, type: string, headerSize: number, extension: Extension): TarEntry {
  const name = extension.path ?? ustarName(header);
  const size = extension.size ?? headerSize;
  const kind = entryKind(type, name);
  if (kind !== 'file' && size !== 0) throw malformed('The archive has a folder or a link that claims to have content.');
  const target = kind === 'symlink' || kind === 'hardlink' ? (extension.linkpath ?? textRead(header, 157, 100)) : '';
  return { kind, name, target, size, mtime: numberRead(header, 136, 12, 'a time') };
}

/** The name in a header itself, without what a header before it may say. */
export function ustarName(header: Uint8Array): string {
  const name = textRead(header, 0, 100);
  const prefix = textRead(header, 257, 6) === 'ustar' && header[262] === 0 ? textRead(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function entryKind(type: string, name: string): TarEntry['kind'] {
  // Before POSIX a folder was a file with a slash at its end; Go's reader still takes it so.
  if (type === '0' || type === '\0') return name.endsWith('/') ? 'directory' : 'file';
  if (type === '5') return 'directory';
  if (type === '2') return 'symlink';
  if (type === '1') return 'hardlink';
  throw malformed('The archive has an entry that is neither a file, a folder nor a link. An image archive has only these.');
}

/** Octal text, or GNU's big-endian binary when the first bit is set. */
export function numberRead(header: Uint8Array, offset: number, length: number, what: string): number {
  const field = header.subarray(offset, offset + length);
  if (field[0] === 0x80) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    if (Number.isSafeInteger(value)) return value;
  } else {
    const digits = textRead(header, offset, length).trim();
    if (/^[0-7]*$/.test(digits)) return Number.parseInt(digits || '0', 8);
  }
  throw malformed(`The archive has a header with ${what} that is not a number.`);
}

/** A name that is no UTF-8 decodes to replacement characters, which no accepted name has. */
const decoder = new TextDecoder();

/** The text up to the first NUL. */
export function textRead(bytes: Uint8Array, offset: number, length: number): string {
  const field = bytes.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
}

function malformed(message: string): BerthError {
  return new BerthError('malformed', message);
}
