import http from 'node:http';
import https from 'node:https';
import { BerthError } from '../domain/errors.ts';
import type { EngineAddress } from './address.ts';

/** How long an idle connection to an engine is kept: shorter than any engine's own patience. */
const idleMs = 30_000;

export interface Transport {
  request(options: http.RequestOptions): http.ClientRequest;
  close(): void;
}

/** One pool of kept-alive connections to one engine. Throws `malformed` for an address that is neither unix:// nor tcp://. */
export function transportOpen(address: EngineAddress): Transport {
  const url = new URL(address.url);
  if (url.protocol === 'unix:') {
    const agent = new http.Agent({ keepAlive: true, timeout: idleMs, maxFreeSockets: 64 });
    return {
      request: (options) => http.request({ ...options, agent, socketPath: url.pathname, headers: { host: 'docker', ...options.headers } }),
      close: () => agent.destroy(),
    };
  }
  if (url.protocol !== 'tcp:') throw new BerthError('malformed', `Engine address ${address.url} must begin with unix:// or tcp://.`);
  const target = { host: url.hostname, port: Number(url.port || (address.tls ? 2376 : 2375)) };
  if (!address.tls) {
    const agent = new http.Agent({ keepAlive: true, timeout: idleMs, maxFreeSockets: 64 });
    return { request: (options) => http.request({ ...options, ...target, agent }), close: () => agent.destroy() };
  }
  const agent = new https.Agent({ keepAlive: true, timeout: idleMs, maxFreeSockets: 64, ...address.tls });
  return { request: (options) => https.request({ ...options, ...target, agent }), close: () => agent.destroy() };
}
