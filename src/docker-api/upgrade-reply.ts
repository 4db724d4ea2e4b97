import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import { type Duplex, Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Reply } from './route.ts';
import { connectionEnd, sendingEnded } from './upgrade-linger.ts';

type Headers = Record<string, string>;

/** Sends a reply over HTTP as it is usual. Resolves when it is sent, or when the client is gone. */
export async function replySend(
  reply: Exclude<Reply, { kind: 'hijack' }>,
  request: IncomingMessage,
  response: ServerResponse,
  common: Headers,
): Promise<void> {
  // Answered before its body was there: the rest of it must not be read as a request.
  const early = !request.complete;
  const headers = early ? { ...common, Connection: 'close' } : common;
  if (reply.kind === 'stream') {
    response.writeHead(reply.status, { ...headers, ...reply.headers });
    // Whoever waits for the headers (docker wait) must have them before the first byte of the body exists.
    response.flushHeaders();
    await pipeline(readable(reply.body), response).catch(() => response.destroy());
    return;
  }
  const { body, headers: own } = replyBody(reply);
  response.writeHead(reply.status, { ...headers, ...own });
  const said = request.method === 'HEAD' ? undefined : body;
  // At once where it can be: Node then sends head and body as one piece.
  if (!early) {
    response.end(said);
    return;
  }
  if (said !== undefined) response.write(said);
  response.flushHeaders();
  await sendingEnded(request);
  response.end();
}

/** Sends a reply on a connection that asked for an upgrade and does not get one; the connection ends with it. */
export async function replySendRaw(reply: Exclude<Reply, { kind: 'hijack' }>, socket: Duplex, common: Headers): Promise<void> {
  const stream = reply.kind === 'stream';
  const { body, headers } = stream ? { body: undefined, headers: reply.headers } : replyBody(reply);
  socket.write(head(reply.status, { ...common, ...headers, Connection: 'close' }));
  if (stream) await pipeline(readable(reply.body), socket, { end: false }).catch(() => socket.destroy());
  socket.end(body);
  await connectionEnd(socket);
}

/** Nobody is left to be answered. */
export function replyDrop(reply: Reply): void {
  if (reply.kind === 'hijack') reply.hijack.socket.destroy();
  else if (reply.kind === 'stream') Readable.from(reply.body).destroy();
}

/** Hands the connection over to an engine's stream: `101` to a client that asked for an upgrade, `200` to one that did not. */
export function replyHijack(reply: Extract<Reply, { kind: 'hijack' }>, socket: Duplex, upgraded: boolean, common: Headers): void {
  const headers = { ...common, 'Content-Type': reply.hijack.contentType };
  socket.write(upgraded ? head(101, { ...headers, Connection: 'Upgrade', Upgrade: 'tcp' }) : head(200, headers));
  join(socket, socket, reply);
  socket.once('finish', () => void connectionEnd(socket));
}

/** Without an upgrade and with a body in chunks: that body is the input, and the rest of the connection the output. */
export function replyHijackBody(
  reply: Extract<Reply, { kind: 'hijack' }>,
  request: IncomingMessage,
  response: ServerResponse,
  common: Headers,
): void {
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, { ...common, 'Content-Type': reply.hijack.contentType, Connection: 'close' });
  response.flushHeaders();
  join(request, response, reply);
}

/**
 * Both directions, each ending by itself: an end of input is passed on while output still comes (`echo hi | docker run -i`).
 * A break on either side breaks the other. pipe() gives backpressure both ways.
 */
function join(input: Readable, output: Writable, reply: Extract<Reply, { kind: 'hijack' }>): void {
  const engine = reply.hijack.socket;
  let over: Promise<void> | undefined;
  const end = () => {
    over ??= reply.ended();
    return over;
  };
  const broken = () => {
    engine.destroy();
    void end();
  };
  input.on('error', broken);
  for (const event of ['error', 'close']) output.once(event, broken);
  engine.on('error', () => output.destroy());
  const opened = opening(output, reply);
  engine.once('end', () => void Promise.all([opened, end()]).then(() => output.end()));
  engine.once('close', () => {
    input.unpipe(engine);
    void end();
    if (!engine.readableEnded) output.destroy();
  });
  input.pipe(engine);
}

/** Lets the output flow, or says what stands for it. */
async function opening(output: Writable, { hijack }: Extract<Reply, { kind: 'hijack' }>): Promise<void> {
  try {
    const instead = (await hijack.opening?.()) ?? null;
    if (instead === null) hijack.socket.pipe(output, { end: false });
    else output.write(instead);
  } catch {
    hijack.socket.destroy();
  }
}

/** Takes a connection away from Node's HTTP parser. Adding a data listener makes it let go (lib/_http_server.js, socketListenerWrap). */
export function socketTake(request: IncomingMessage, response: ServerResponse): Duplex {
  const { socket } = request;
  response.detachSocket(socket);
  // The listeners of `close` stay: they free the parser, and are those of whoever counts connections.
  for (const event of ['data', 'end', 'drain', 'error', 'timeout']) socket.removeAllListeners(event);
  socket.setTimeout(0);
  socket.on('error', () => socket.destroy());
  return socket;
}

function replyBody(reply: Exclude<Reply, { kind: 'hijack' | 'stream' }>): { body: string | Uint8Array | undefined; headers: Headers } {
  if (reply.kind === 'empty')
    return {
      body: undefined,
      headers: reply.status === 204 || reply.status === 304 ? { ...reply.headers } : { 'Content-Length': '0', ...reply.headers },
    };
  const body = reply.kind === 'text' ? reply.body : `${JSON.stringify(reply.body)}\n`;
  const type = reply.kind === 'text' ? reply.contentType : 'application/json';
  return { body, headers: { 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(body)), ...reply.headers } };
}

function readable(body: AsyncIterable<Uint8Array>): Readable {
  return body instanceof Readable ? body : Readable.from(body, { objectMode: false });
}

/** The first lines of a reply. */
export function head(status: number, headers: Headers): string {
  const phrase = status === 101 ? 'UPGRADED' : (STATUS_CODES[status] ?? '');
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${phrase}\r\n${lines.join('')}\r\n`;
}
