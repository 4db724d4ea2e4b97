import { bytesJoin } from './archive-bytes.ts';
import { blockSize, tarChecksum, tarPadding } from './archive-tar.ts';
import type { FileEntry } from './file-tar-read.ts';

const encoder = new TextEncoder();
const octalLimit = 8 ** 11;
const ownerLimit = 8 ** 7;

/** The header of a file as an engine extracts it, with a pax header before it when something does not fit. */
export function fileTarHeader(entry: FileEntry): Uint8Array {
  const records = [
    ...(encoder.encode(entry.name).length > 100 || !ascii(entry.name) ? [paxRecord('path', entry.name)] : []),
    ...(encoder.encode(entry.target).length > 100 || !ascii(entry.target) ? [paxRecord('linkpath', entry.target)] : []),
    ...(entry.size >= octalLimit ? [paxRecord('size', String(entry.size))] : []),
    ...(entry.uid >= ownerLimit ? [paxRecord('uid', String(entry.uid))] : []),
    ...(entry.gid >= ownerLimit ? [paxRecord('gid', String(entry.gid))] : []),
    ...[...entry.xattrs].map(([name, value]) =>
      paxRecord(
        `SCHILY.xattr.${name}`,
        Uint8Array.from(value, (character) => character.charCodeAt(0)),
      ),
    ),
  ];
  const plain = block(entry);
  if (records.length === 0) return plain;
  const body = bytesJoin(records);
  const pax = block({ ...entry, type: 'x', name: 'pax', target: '', size: body.length, xattrs: new Map() });
  const bytes = new Uint8Array(blockSize + body.length + tarPadding(body.length) + blockSize);
  bytes.set(pax);
  bytes.set(body, blockSize);
  bytes.set(plain, bytes.length - blockSize);
  return bytes;
}

function block(entry: FileEntry): Uint8Array {
  const header = new Uint8Array(blockSize);
  const put = (offset: number, length: number, text: string) => encoder.encodeInto(text, header.subarray(offset, offset + length));
  put(0, 100, entry.name);
  put(100, 8, octal(entry.mode & 0o7777, 7));
  put(108, 8, octal(entry.uid < ownerLimit ? entry.uid : 0, 7));
  put(116, 8, octal(entry.gid < ownerLimit ? entry.gid : 0, 7));
  put(124, 12, octal(entry.size < octalLimit ? entry.size : 0, 11));
  put(136, 12, octal(Math.min(Math.max(entry.mtime, 0), octalLimit - 1), 11));
  put(156, 1, entry.type);
  put(157, 100, entry.target);
  put(257, 8, 'ustar\u000000');
  put(265, 32, entry.uname);
  put(297, 32, entry.gname);
  put(329, 8, octal(entry.major, 7));
  put(337, 8, octal(entry.minor, 7));
  put(148, 8, `${octal(tarChecksum(header), 6)}\0 `);
  return header;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function ascii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** The length at the front counts its own digits, so it is found by trying. Counted in bytes. */
function paxRecord(key: string, value: string | Uint8Array): Uint8Array {
  const rest = bytesJoin([encoder.encode(` ${key}=`), typeof value === 'string' ? encoder.encode(value) : value, encoder.encode('\n')]);
  let length = rest.length;
  while (String(length).length + rest.length > length) length = String(length).length + rest.length;
  const record = new Uint8Array(length);
  record.set(encoder.encode(String(length)));
  record.set(rest, length - rest.length);
  return record;
}
