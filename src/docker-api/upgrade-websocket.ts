import { createHash } from 'node:crypto';
import { type Duplex, Readable, Transform } from 'node:stream';
import type { Reply } from './route.ts';
import { connectionEnd } from './upgrade-linger.ts';
import { head } from './upgrade-reply.ts';
import { closeCodes, closePayload, frameHead, opcodes, WebSocketFailure, WebSocketReader } from './websocket-frames.ts';

type WebSocketReply = Extract<Reply, { kind: 'hijack' }> & { webSocket: NonNullable<Extract<Reply, { kind: 'hijack' }>['webSocket']> };

/** RFC 6455, 1.3. */
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * Hands the connection over to a container as a WebSocket: each chunk of output is a message, each message is input. A client cannot close
 * one half, so its close is the end of its input and of the whole. Whoever stops reading stops the other side.
 */
export function replyWebSocket(reply: WebSocketReply, socket: Duplex, common: Record<string, string>): void {
  const { key, binary, output } = reply.webSocket;
  const engine = reply.hijack.socket;
  const accept = createHash('sha1')
    .update(key + acceptSuffix)
    .digest('base64');
  socket.write(head(101, { ...common, Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': accept }));

  let over: Promise<void> | undefined;
  let pong: Uint8Array | null = null;
  const send = (opcode: number, payload: Uint8Array) => {
    if (socket.writableEnded || socket.destroyed) return;
    socket.write(frameHead(opcode, payload.length));
    socket.write(payload);
  };
  const end = (code: number | null) => {
    if (over) return;
    over = reply.ended();
    void over.then(() => {
      send(opcodes.close, closePayload(code));
      socket.end();
      void connectionEnd(socket);
    });
  };

  const source = Readable.from(output, { objectMode: false });
  const messages = source.pipe(framed(binary ? opcodes.binary : opcodes.text));
  messages.pipe(socket, { end: false });
  messages.once('end', () => end(closeCodes.normal));
  source.once('error', () => end(closeCodes.failed));
  engine.on('error', () => end(closeCodes.failed));

  const reader = new WebSocketReader();
  const go = () => {
    for (const event of ['drain', 'close']) engine.off(event, go);
    socket.resume();
  };
  const input = (bytes: Uint8Array) => {
    if (over || engine.writableEnded || engine.destroyed || engine.write(bytes) || socket.isPaused()) return;
    socket.pause();
    for (const event of ['drain', 'close']) engine.on(event, go);
  };
  const hear = (chunk: Buffer) => {
    try {
      for (const part of reader.read(chunk)) {
        if (part.kind === 'data') input(part.bytes);
        // The last ping alone needs an answer: one that does not read what it asks for gathers nothing here.
        if (part.kind === 'ping') pong = part.bytes;
        if (part.kind === 'close') leave(part.code);
      }
    } catch (error) {
      leave(error instanceof WebSocketFailure ? error.code : closeCodes.failed);
    }
    pongSend();
  };
  const pongSend = () => {
    if (pong === null || over || socket.writableNeedDrain) return;
    send(opcodes.pong, pong);
    pong = null;
  };
  /** The output stops where the client said so; the input ends as one that is closed. */
  const leave = (code: number | null) => {
    messages.unpipe(socket);
    engine.end();
    end(code);
  };
  socket.on('data', hear);
  socket.on('drain', pongSend);
  socket.once('end', () => leave(null));
  socket.once('close', () => {
    engine.destroy();
    over ??= reply.ended();
  });
}

/** One message for each chunk. */
function framed(opcode: number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      // In one piece, so that no pong comes between.
      done(null, Buffer.concat([frameHead(opcode, chunk.length), chunk]));
    },
  });
}
