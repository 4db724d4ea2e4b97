import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { BerthError } from '../domain/errors.ts';
import { bodyTooLarge } from '../http/body.ts';

/**
 * The body of a request that asks for an upgrade: Node does not read it. It begins in `head`, perhaps in pieces; what comes after it
 * belongs to the stream to be and is put back. Throws `malformed` without a plain Content-Length.
 */
export async function upgradeBody(request: IncomingMessage, socket: Duplex, head: Buffer, maxBytes: number): Promise<Buffer> {
  if (request.headers['transfer-encoding'] !== undefined)
    throw new BerthError('malformed', 'A request that upgrades its connection needs a Content-Length, not chunks.');
  const length = Number(request.headers['content-length'] ?? '0');
  if (!Number.isSafeInteger(length) || length < 0) throw new BerthError('malformed', 'The Content-Length is not a number.');
  if (length > maxBytes) throw bodyTooLarge(maxBytes);
  let have = head;
  while (have.length < length) {
    const chunk = await nextChunk(socket);
    if (chunk === null) throw new BerthError('malformed', 'The connection ended before its body did.');
    have = Buffer.concat([have, chunk]);
  }
  if (have.length > length) socket.unshift(have.subarray(length));
  return have.subarray(0, length);
}

function nextChunk(socket: Duplex): Promise<Buffer | null> {
  const { promise, resolve } = Promise.withResolvers<Buffer | null>();
  const take = () => {
    const chunk: Buffer | null = socket.read();
    if (chunk !== null || socket.readableEnded || socket.destroyed) done(chunk);
  };
  const done = (chunk: Buffer | null) => {
    for (const event of ['readable', 'end', 'close', 'error']) socket.off(event, take);
    resolve(chunk);
  };
  for (const event of ['readable', 'end', 'close', 'error']) socket.on(event, take);
  take();
  return promise;
}
