import { lookup } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createSecureContext, getCACertificates, TLSSocket } from 'node:tls';
import { BerthError } from '../domain/errors.ts';
import type { RegistryFetch, RegistryReply, RegistryRequest } from '../images/registry-request.ts';
import { addressKind } from '../policy/addresses.ts';
import { registryAddressRefuse, registryRefused } from '../policy/registry-address.ts';

interface Address {
  address: string;
  family: number;
}

export interface RegistryFetchOptions {
  /** Registries (`host[:port]`) that the operator allows on whichever address, and over plain HTTP. */
  allowed: readonly string[];
  /** What is asked for by `http:` is asked so. */
  plain?: boolean;
  /** All addresses of a name; the machine's own resolver unless a test has another. */
  resolve?: (name: string) => Promise<Address[]>;
  /** How long a registry may say nothing, in milliseconds. */
  silenceMs?: number;
}

const redirectLimit = 5;
const defaultSilenceMs = 30_000;

/**
 * Asks registries from this machine. Each name is resolved once and the connection goes to the very address that was checked, so a name that
 * leads elsewhere at its second question (rebinding) gains nothing; every redirect is checked the same way. HTTPS with the certificates of
 * the machine and of NODE_EXTRA_CA_CERTS; where the operator allows a registry that speaks no TLS, plain HTTP.
 */
export function registryFetchMake({
  allowed,
  plain = false,
  resolve = resolveAll,
  silenceMs = defaultSilenceMs,
}: RegistryFetchOptions): RegistryFetch {
  const exceptions = new Set(allowed.map((name) => name.toLowerCase()));
  const isAllowed = ({ hostname, host, port, protocol }: URL) =>
    exceptions.has(host) || exceptions.has(`${hostname}:${port || (protocol === 'http:' ? '80' : '443')}`);

  /** Where to connect for a URL. Throws `refused`. */
  async function addresses(url: URL): Promise<Address[]> {
    const free = isAllowed(url);
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (free || plain)))
      throw registryRefused(url.host, 'it is not reached by HTTPS');
    if (!free) registryAddressRefuse(url.host, []);
    const name = url.hostname.replace(/^\[|\]$/g, '');
    const family = isIP(name);
    const found = family > 0 ? [{ address: name, family }] : await resolve(name).catch((cause) => Promise.reject(unreachable(cause)));
    if (!free && found.some(({ address }) => addressKind(address) !== 'public'))
      throw registryRefused(url.host, 'its name leads to an address that is not on the public internet');
    return found;
  }

  /** One request, at `url` or at the plain HTTP of the same registry. */
  async function hop(request: RegistryRequest, url: URL): Promise<{ response: http.IncomingMessage; url: URL }> {
    const at = await addresses(url);
    try {
      return { response: await send(request, url, at, silenceMs), url };
    } catch (error) {
      if (url.protocol !== 'https:' || !isAllowed(url) || !speaksNoTls(error)) throw unreachable(error);
      const plain = new URL(url);
      plain.protocol = 'http:';
      return {
        response: await send(request, plain, at, silenceMs).catch((cause) => Promise.reject(unreachable(cause))),
        url: plain,
      };
    }
  }

  return async (request) => {
    let headers = { ...request.headers, 'user-agent': 'berth' };
    let next = new URL(request.url);
    for (let redirects = 0; redirects <= redirectLimit; redirects++) {
      const { response, url } = await hop({ ...request, headers }, next);
      const { location } = response.headers;
      const read = request.method === 'GET' || request.method === 'HEAD';
      if (!read || location === undefined || ![301, 302, 303, 307, 308].includes(response.statusCode ?? 0)) return replyOf(response);
      response.destroy();
      const target = URL.parse(location, url.href);
      if (target === null) throw unreachable(new Error('a redirect to nowhere'));
      if (target.origin !== url.origin) headers = withoutCredential(headers);
      next = target;
    }
    throw new BerthError('engine_failed', `The registry redirects more than ${redirectLimit} times. Tell whoever runs it.`);
  };
}

const resolveAll = (name: string) => lookup(name, { all: true });

let agent: https.Agent | null = null;

/** Connects anew each time, trusting the certificates of this machine. Made when first needed, since reading them all takes its time. */
function tlsAgent(): https.Agent {
  const ca = () => [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  agent ??= new https.Agent({ keepAlive: false, secureContext: createSecureContext({ ca: ca() }) });
  return agent;
}

function send(request: RegistryRequest, url: URL, at: Address[], silenceMs: number): Promise<http.IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const pinned: LookupFunction = (_, options, done) => (options.all ? done(null, at) : done(null, at[0]?.address ?? '', at[0]?.family));
  const { method, headers, signal, body } = request;
  const framing = bodyFraming(body);
  const options = { method, signal, lookup: pinned, timeout: silenceMs, headers: { ...headers, ...framing } };
  const call =
    url.protocol === 'http:' ? http.request(url, { ...options, agent: false }) : https.request(url, { ...options, agent: tlsAgent() });
  const silent = () => call.destroy(new Error('no answer in time'));
  // The timeout of the socket begins anew with each byte, this one does not.
  let headersLate: ReturnType<typeof setTimeout> | undefined;
  const expect = () => {
    headersLate = setTimeout(silent, silenceMs);
  };
  if (typeof body === 'object') call.once('finish', expect);
  else expect();
  call.on('timeout', silent);
  call.on('close', () => clearTimeout(headersLate));
  call.on('error', reject);
  call.on('response', (response) => {
    clearTimeout(headersLate);
    resolve(response);
  });
  if (typeof body !== 'object') call.end(body);
  else whenConnected(call, () => pipeline(Readable.from(body, { objectMode: false }), call).catch((cause) => call.destroy(cause)));
  return promise;
}

function bodyFraming(body: RegistryRequest['body']): Record<string, string | number> {
  if (body === undefined) return {};
  return typeof body === 'string' ? { 'content-length': Buffer.byteLength(body) } : { 'transfer-encoding': 'chunked' };
}

/** Nothing of a stream is taken for a connection that does not come about: the next try needs all of it. */
function whenConnected(call: http.ClientRequest, go: () => void): void {
  call.once('socket', (socket) => {
    const event = socket instanceof TLSSocket ? 'secureConnect' : 'connect';
    if (socket.connecting || (socket instanceof TLSSocket && socket.getProtocol() === null)) socket.once(event, go);
    else go();
  });
  call.flushHeaders();
}

function replyOf(response: http.IncomingMessage): RegistryReply {
  return {
    status: response.statusCode ?? 0,
    header: (name) => [response.headers[name]].flat()[0] ?? null,
    body: bodyOf(response),
  };
}

async function* bodyOf(response: http.IncomingMessage): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* response as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw unreachable(cause);
  }
}

function withoutCredential({ authorization: _, ...headers }: Record<string, string>): Record<string, string> & { 'user-agent': string } {
  return { ...headers, 'user-agent': 'berth' };
}

function speaksNoTls(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'EPROTO' || code.startsWith('ERR_SSL_');
}

function unreachable(cause: unknown): BerthError {
  if (cause instanceof BerthError) return cause;
  // An AbortError carries the reason of its signal.
  if ((cause as { cause?: { name?: unknown } }).cause?.name === 'TimeoutError')
    return new BerthError('deadline', 'The registry took too long. Try again later; a large image is best pulled with docker pull first.', {
      cause,
    });
  return new BerthError('engine_failed', 'The registry could not be reached. Check the name of the image, or try again later.', { cause });
}
