import { BerthError } from '../domain/errors.ts';
import type { RegistryCredential } from '../policy/registry-auth.ts';
import type { ArchiveTools } from './archive-load.ts';
import { bytesLimited } from './bytes-limited.ts';
import { type RegistryFetch, RegistryRefusal, type RegistryReply, type RegistryRequest } from './registry-request.ts';
import { registryAuthorization } from './registry-token.ts';

export interface RegistryAccess {
  fetch: RegistryFetch;
  sha256: ArchiveTools['sha256'];
  /** `docker.io` or `host[:port]`, as in an image's name. */
  registry: string;
  credential: RegistryCredential | null;
  /** Ends whatever is under way. */
  signal: AbortSignal;
}

export interface RegistryAsk extends Pick<RegistryRequest, 'method' | 'body'> {
  /** Below `/v2/`, or where the registry said to go on. */
  to: string | URL;
  headers?: Record<string, string>;
  /** Statuses that are an answer; any other is a refusal. */
  good: readonly number[];
}

const errorLimit = 64 * 1024;

/**
 * Requests to one registry under one credential, which no other host gets to see. A 401 is answered once, with what the registry asks for;
 * a body that is a stream is sent once only, so something without a body must have been asked before it. Throws RegistryRefusal.
 */
export class RegistrySession {
  readonly #access: RegistryAccess;
  readonly #base: URL;
  readonly #scope: string | null;
  #authorization: string | null;

  /** `scope` as the token specification has it: `repository:library/busybox:pull`; null for a mere login. */
  constructor(access: RegistryAccess, scope: string | null) {
    this.#access = access;
    this.#scope = scope;
    this.#base = new URL(`https://${access.registry === 'docker.io' ? 'registry-1.docker.io' : access.registry}/v2/`);
    this.#authorization = access.credential?.registryToken ? `Bearer ${access.credential.registryToken}` : null;
  }

  async ask(ask: RegistryAsk): Promise<RegistryReply> {
    const { fetch, credential, signal } = this.#access;
    let reply = await this.#send(ask);
    if (reply.status === 401 && !(typeof ask.body === 'object')) {
      await bytesLimited(reply.body, errorLimit);
      const challenge = reply.header('www-authenticate');
      this.#authorization = await registryAuthorization({ fetch, credential, scope: this.#scope, signal, challenge });
      reply = await this.#send(ask);
    }
    if (ask.good.includes(reply.status)) return reply;
    throw new RegistryRefusal(reply.status, errorCode(await bytesLimited(reply.body, errorLimit)));
  }

  /** Where a reply says to go on. Throws 'engine_failed' when it does not. */
  location(reply: RegistryReply): URL {
    const location = reply.header('location');
    const url = location === null ? null : URL.parse(location, this.#base);
    if (url === null) throw new BerthError('engine_failed', 'The registry does not say where to send a layer. Tell whoever runs it.');
    return url;
  }

  #send({ method, to, headers, body }: RegistryAsk): Promise<RegistryReply> {
    const url = typeof to === 'string' ? new URL(to, this.#base) : to;
    const own = url.host === this.#base.host && this.#authorization !== null;
    return this.#access.fetch({
      ...{ method, url: url.href, body, signal: this.#access.signal },
      headers: { ...headers, ...(own && { authorization: this.#authorization as string }) },
    });
  }
}

/** `{"errors": [{"code": "MANIFEST_UNKNOWN", …}]}`; of its words none is repeated. */
function errorCode(bytes: Uint8Array): string {
  try {
    const code = JSON.parse(new TextDecoder().decode(bytes)).errors[0].code;
    return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : '';
  } catch {
    return '';
  }
}
