import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { noBody } from '../http/body.ts';

/** How long a client may go on sending after it has been answered. */
const lingerMs = 5_000;

/**
 * Closing a connection while its client still sends makes the kernel throw away what we said last (RFC 9112, 9.6). So what comes is
 * read and dropped for a while. Resolves when the client is done, gone, or out of time.
 */
export function sendingEnded(source: Readable): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, lingerMs);
  for (const event of ['end', 'close', 'error']) source.once(event, resolve);
  source.resume();
  return promise.finally(() => clearTimeout(timer));
}

/** Ends a connection whose writing half is done: when the client has closed its half too, or after a while. */
export async function connectionEnd(socket: Duplex): Promise<void> {
  await sendingEnded(socket);
  socket.destroy();
}

/** Whether the request says that a body follows (RFC 9112, 6.3). */
export function requestHasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/** A request's body for one reader, who may stop early: the connection stays, since a refusal is still to be said on it. */
export function requestBody(request: IncomingMessage): AsyncIterable<Uint8Array> {
  if (!requestHasBody(request)) return noBody;
  return { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) };
}
