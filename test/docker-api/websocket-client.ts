import { randomBytes } from 'node:crypto';
import type { Connection } from './connection.ts';

/** A client's frame, masked; also one that breaks the rules. */
export function clientFrame(opcode: number, payload: Uint8Array, { final = true, reserved = 0 } = {}): Buffer {
  const mask = randomBytes(4);
  const { length } = payload;
  const size = Buffer.alloc(length > 0xffff ? 9 : length > 125 ? 3 : 1);
  size[0] = 0x80 | (length > 0xffff ? 127 : length > 125 ? 126 : length);
  if (length > 0xffff) size.writeBigUInt64BE(BigInt(length), 1);
  else if (length > 125) size.writeUInt16BE(length, 1);
  const masked = Buffer.from(payload.map((byte, i) => byte ^ (mask[i % 4] as number)));
  return Buffer.concat([Buffer.of((final ? 0x80 : 0) | reserved | opcode), size, mask, masked]);
}

/** The headers that ask for a WebSocket. */
export const upgradeWebSocket = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

export interface ServerFrame {
  opcode: number;
  payload: Buffer;
}

/** The next frame of a server, which must be whole and unmasked. */
export async function serverFrame(connection: Connection): Promise<ServerFrame> {
  const [first = 0, second = 0] = await connection.read(2);
  if ((first & 0xf0) !== 0x80 || (second & 0x80) !== 0) throw new Error(`not a server's whole frame: ${first} ${second}`);
  const short = second & 0x7f;
  const length =
    short === 127
      ? Number((await connection.read(8)).readBigUInt64BE())
      : short === 126
        ? (await connection.read(2)).readUInt16BE()
        : short;
  return { opcode: first & 0x0f, payload: await connection.read(length) };
}
