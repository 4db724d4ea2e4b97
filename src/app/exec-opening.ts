import { pause } from '../domain/pause.ts';
import type { EngineHijack } from '../engine/engine.ts';
import { headerBytes } from '../engine/frames.ts';
import { bytesJoin } from '../images/archive-bytes.ts';

type Socket = EngineHijack['socket'];

/** How far an engine is with a command: it runs or ran, it could not be started, or neither is known yet. */
export type ExecStage = 'started' | 'failed' | 'starting';

const askAgainMs = 10;
const mostBytes = 256 * 1024;
const [carriageReturn, lineFeed] = [13, 10];

/**
 * An engine that cannot start a command says so within the command's output, in words of its own and the host's (moby,
 * api/server/router/container/exec.go). Waits for the first output and tells what it is: null for the command's own, which is left in the
 * stream unread, else what the engine said, with nothing left behind it.
 */
export async function execOpening(socket: Socket, tty: boolean, stage: () => Promise<ExecStage>): Promise<string | null> {
  const first = await peek(socket);
  if (first === null || (!tty && surelyOwn(first))) return null;
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  for (;;) {
    const found = await stage();
    if (found === 'started' || socket.destroyed) return null;
    if (found === 'failed') break;
    await pause(askAgainMs, gone.signal);
  }
  const bytes = await rest(socket);
  return new TextDecoder().decode(bytes.subarray(tty ? 0 : headerBytes));
}

/** An engine speaks on standard output, in one frame that ends a line as a terminal does: few commands begin so. */
function surelyOwn(bytes: Uint8Array): boolean {
  if (bytes[0] !== 1) return true;
  if (bytes.length < headerBytes) return false;
  const end = headerBytes + new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
  return bytes.length >= end && !(bytes[end - 2] === carriageReturn && bytes[end - 1] === lineFeed);
}

/** What has come, once something has; it stays in the stream. null: nothing ever comes. */
async function peek(socket: Socket): Promise<Uint8Array | null> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array | null>();
  const look = () => {
    const bytes: Uint8Array | null = socket.read();
    if (bytes === null) return;
    // Putting it back says `readable` once more, and would for ever.
    socket.off('readable', look);
    // In the same turn, so that a stream that has ended does not count as read to its end.
    socket.unshift(bytes);
    resolve(bytes);
  };
  const over = () => resolve(null);
  socket.on('readable', look).once('end', over).once('close', over);
  try {
    return await promise;
  } finally {
    socket.off('readable', look).off('end', over).off('close', over);
  }
}

async function rest(socket: Socket): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  socket
    .on('data', (chunk: Uint8Array) => {
      length += chunk.length;
      if (length <= mostBytes) chunks.push(chunk);
    })
    .once('end', resolve)
    .once('close', resolve);
  await promise;
  return bytesJoin(chunks);
}
