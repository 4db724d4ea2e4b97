import type { TarEntry } from './archive-tar.ts';
import { blockSize, tarChecksum, tarPadding } from './archive-tar.ts';

const encoder = new TextEncoder();
const octalSizeLimit = 8 ** 11;

/** The header of an entry, with a pax header before it when a name or the size needs one. The owner is root. */
export function tarHeader(entry: TarEntry): Uint8Array {
  const name = entry.kind === 'directory' ? `${entry.name}/` : entry.name;
  const records =
    (name.length > 100 ? paxRecord('path', name) : '') +
    (entry.target.length > 100 ? paxRecord('linkpath', entry.target) : '') +
    (entry.size >= octalSizeLimit ? paxRecord('size', String(entry.size)) : '');
  const plain = headerBlock(entry, name, typeFlag[entry.kind]);
  if (records === '') return plain;

  const body = encoder.encode(records);
  const pax = headerBlock({ ...entry, target: '', size: body.length }, 'pax', 'x');
  const bytes = new Uint8Array(blockSize + body.length + tarPadding(body.length) + blockSize);
  bytes.set(pax);
  bytes.set(body, blockSize);
  bytes.set(plain, bytes.length - blockSize);
  return bytes;
}

/** Two blocks of zeros end an archive. */
export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * blockSize);
}

const typeFlag: Record<TarEntry['kind'], string> = { file: '0', hardlink: '1', symlink: '2', directory: '5' };

function headerBlock(entry: TarEntry, name: string, type: string): Uint8Array {
  const block = new Uint8Array(blockSize);
  const put = (offset: number, text: string) => encoder.encodeInto(text, block.subarray(offset));
  put(0, name.slice(0, 100));
  put(100, (entry.mode ?? (entry.kind === 'directory' ? 0o755 : 0o644)).toString(8).padStart(7, '0'));
  put(108, '0000000');
  put(116, '0000000');
  put(124, octal(entry.size < octalSizeLimit ? entry.size : 0));
  put(136, octal(entry.mtime < octalSizeLimit ? entry.mtime : 0));
  put(156, type);
  put(157, entry.target.slice(0, 100));
  put(257, 'ustar\u000000');
  put(148, `${tarChecksum(block).toString(8).padStart(6, '0')}\0 `);
  return block;
}

function octal(value: number): string {
  return value.toString(8).padStart(11, '0');
}

/** The length at the front counts its own digits, so it is found by trying. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length > length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}
