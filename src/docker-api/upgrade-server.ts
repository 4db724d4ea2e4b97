import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { BerthError } from '../domain/errors.ts';
import type { RateHeaders } from '../domain/request-rate.ts';
import type { Metrics } from '../http/metrics.ts';
import { jsonLimits } from '../policy/json.ts';
import { type Dispatcher, dispatch, errorReply, type Request } from './dispatch.ts';
import type { Reply } from './route.ts';
import { upgradeBody } from './upgrade-body.ts';
import { callsUnderWay } from './upgrade-drain.ts';
import { Gone } from './upgrade-gone.ts';
import { strangerGuard } from './upgrade-guard.ts';
import { requestBody, requestHasBody } from './upgrade-linger.ts';
import { type OpenedConnections, openedConnections } from './upgrade-opened.ts';
import { replyDrop, replyHijack, replyHijackBody, replySend, replySendRaw, socketTake } from './upgrade-reply.ts';
import { connectionTurns } from './upgrade-turns.ts';
import { replyWebSocket } from './upgrade-websocket.ts';
import { apiVersionMax } from './versions.ts';

/** How long a server that stops waits for calls that are not answered yet, and for what it then breaks off to be over. */
const drainMs = 5_000;
const abortMs = 2_000;

export interface DockerServerOptions {
  /** PEM of this server, and of the authority that signs tenants' certificates. */
  certificate: { cert: string; key: string };
  clientAuthority: string;
  berthVersion: string;
  metrics: Metrics;
}

export interface DockerServer {
  server: https.Server;
  /** Another certificate from the next connection on. */
  renew(certificate: { cert: string; key: string }): void;
  opened: OpenedConnections;
  /** Listens no more, gives calls that are under way a while to be answered, and then ends every connection, streams included. */
  close(): Promise<void>;
}

/** The Docker endpoint on Node: TLS with optional client certificates, calls, upgrades and hijacks, all through one dispatcher. */
export function dockerServer(dispatcher: Dispatcher, options: DockerServerOptions): DockerServer {
  const { log } = dispatcher.app;
  const common = {
    'Api-Version': apiVersionMax,
    'Docker-Experimental': 'false',
    Ostype: 'linux',
    Server: `Berth/${options.berthVersion} (linux)`,
  };
  const guard = strangerGuard();
  const opened = openedConnections();
  const turns = connectionTurns();
  const calls = callsUnderWay();

  const server = https.createServer({
    ...options.certificate,
    ca: options.clientAuthority,
    requestCert: true,
    // Who has no certificate may have a token; the certificate is judged with the request.
    rejectUnauthorized: false,
    allowHalfOpen: true,
    minVersion: 'TLSv1.2',
    handshakeTimeout: 10_000,
    headersTimeout: 10_000,
    connectionsCheckingInterval: 1_000,
    // A slow upload of gigabytes is not cut; bodies that are read whole have a deadline of their own (dispatch.ts).
    requestTimeout: 0,
    // A client that was killed or lost its network is else never noticed by a stream that says nothing. As Go's server: 15 seconds.
    keepAlive: true,
    keepAliveInitialDelay: 15_000,
    keepAliveTimeout: 75_000,
    maxHeaderSize: 32 * 1024,
  });

  async function answer(request: IncomingMessage, body: AsyncIterable<Uint8Array>, gone: Gone) {
    const socket = request.socket as TLSSocket;
    const requestId = crypto.randomUUID();
    const began = performance.now();
    let route = 'none';
    let reply: Reply;
    let over = () => {};
    let limit: RateHeaders | undefined;
    try {
      reply = await dispatch(dispatcher, {
        ...requestOf(request, socket, body),
        get signal() {
          return gone.signal;
        },
        authenticated(credentialId) {
          guard.known(socket);
          opened.remember(credentialId, socket);
        },
        limited(headers) {
          limit = headers;
        },
        ends(call) {
          over = call;
        },
        matched(path) {
          route = path;
        },
      });
    } catch (error) {
      // A client that left in the middle of its body is no fault of ours.
      const ours = !(error instanceof BerthError) ? !gone.over : error.code === 'internal';
      if (ours) log.error('a request failed', error, { requestId, method: request.method, path: pathOf(request) });
      else if (error instanceof BerthError && error.code === 'engine_failed')
        log.warn('an engine failed', { requestId, method: request.method, path: pathOf(request), cause: String(error.cause ?? error) });
      reply = errorReply(error);
    }
    const seconds = (performance.now() - began) / 1000;
    const status = reply.kind === 'hijack' ? 101 : reply.status;
    options.metrics.requestEnded({ face: 'docker', route: `${request.method} ${route}`, status, seconds });
    log.info('request', { requestId, method: request.method, path: pathOf(request), status, ms: Math.round(seconds * 1000) });
    if (reply.kind === 'hijack') {
      socket.once('close', options.metrics.streamOpened('docker'));
      socket.once('close', over);
    } else gone.onEnd(over);
    return { reply, headers: { ...common, 'X-Request-Id': requestId, ...limit } };
  }

  server.on('connection', (socket: Socket) => guard.admit(socket));
  server.on('secureConnection', (socket) => guard.secured(socket));

  async function serve(request: IncomingMessage, response: ServerResponse, body: AsyncIterable<Uint8Array>): Promise<void> {
    const gone = new Gone();
    response.once('close', () => gone.end());
    const closed = new Promise<void>((resolve) => gone.onEnd(resolve));
    await turns.turn(request.socket, closed);
    if (request.socket.destroyed) return;
    const { reply, headers } = await calls.track(answer(request, body, gone));
    if (response.destroyed) replyDrop(reply);
    else if (reply.kind !== 'hijack') {
      const ended = reply.kind === 'stream' ? options.metrics.streamOpened('docker') : undefined;
      if (reply.kind !== 'stream') void calls.track(sent(response));
      await replySend(reply, request, response, headers);
      ended?.();
    }
    // A body that nobody has read to its end is the input itself.
    else if (request.readableEnded || !requestHasBody(request)) replyHijack(reply, socketTake(request, response), false, headers);
    else replyHijackBody(reply, request, response, headers);
  }

  /** Whatever fails past the dispatcher is a fault of ours: it costs this connection, and no other. */
  function failed(request: IncomingMessage) {
    return (error: unknown) => {
      log.error('a reply failed', error, { method: request.method, path: pathOf(request) });
      request.socket.destroy();
    };
  }

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response, requestBody(request)).catch(failed(request));
  });

  // The go-ahead is given when the body is wanted: who is refused need not send it.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    const body = lazily(() => {
      response.writeContinue();
      return requestBody(request);
    });
    serve(request, response, body).catch(failed(request));
  });

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    upgrade(request, socket, head).catch(failed(request));
  });

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const gone = new Gone();
    socket.once('close', () => gone.end());
    const closed = new Promise<void>((resolve) => gone.onEnd(resolve));
    await turns.turn(socket, closed);
    if (socket.destroyed) return;
    const body = lazily(async function* () {
      yield await upgradeBody(request, socket, head, jsonLimits.maxBytes);
    });
    const { reply, headers } = await calls.track(answer(request, body, gone));
    if (socket.destroyed) replyDrop(reply);
    else if (reply.kind === 'hijack' && reply.webSocket) replyWebSocket({ ...reply, webSocket: reply.webSocket }, socket, headers);
    else if (reply.kind === 'hijack') replyHijack(reply, socket, upgradesToTcp(request), headers);
    else await replySendRaw(reply, socket, headers);
  }

  // Node leaves a connection open whose handshake failed or ran out of time.
  server.on('tlsClientError', (_error, socket) => socket.destroy());

  // What is no HTTP is told so once; without a listener Node would say less. A connection that nobody used in time is closed without a
  // word: Go's clients keep such ones in reserve, and print what they did not ask for.
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const word =
      error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '' : 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
    if (socket.writable) socket.end(word, () => socket.destroy());
    else socket.destroy();
  });

  return {
    server,
    renew: (certificate) => server.setSecureContext({ ...certificate, ca: options.clientAuthority, minVersion: 'TLSv1.2' }),
    opened,
    async close() {
      server.close();
      await calls.ended(drainMs);
      opened.endAll();
      server.closeAllConnections();
      await calls.ended(abortMs);
    },
  };
}

function requestOf(
  request: IncomingMessage,
  socket: TLSSocket,
  body: AsyncIterable<Uint8Array>,
): Omit<Request, 'signal' | 'authenticated' | 'limited' | 'ends' | 'matched'> {
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    header: (name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? value : null;
    },
    credentials: {
      authorization: request.headers.authorization ?? null,
      certificateSerial: certificateSerial(socket),
      address: socket.remoteAddress ?? null,
    },
    body,
  };
}

const serials = new WeakMap<TLSSocket, string | null>();

/** The serial of a certificate that our client authority signed; null without one, and for any other. */
function certificateSerial(socket: TLSSocket): string | null {
  let serial = serials.get(socket);
  if (serial === undefined) {
    serial = socket.authorized ? (socket.getPeerCertificate().serialNumber?.toLowerCase() ?? null) : null;
    serials.set(socket, serial);
  }
  return serial;
}

function sent(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const event of ['finish', 'close']) response.once(event, resolve);
  return promise;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?')[0] ?? '';
}

function upgradesToTcp(request: IncomingMessage): boolean {
  return (request.headers.upgrade ?? '').split(',').some((token) => token.trim().toLowerCase() === 'tcp');
}

/** A body that is asked for when its reader begins. */
async function* lazily(open: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* open();
}
