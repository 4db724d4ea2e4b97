import { createHash } from 'node:crypto';
import type { ArchiveTools } from '../../../src/images/archive-load.ts';
import { RegistryClient } from '../../../src/images/registry-client.ts';
import type { RegistryFetch, RegistryRequest } from '../../../src/images/registry-request.ts';
import { type ImageReference, imageReferenceParse } from '../../../src/policy/image-reference.ts';
import type { RegistryCredential } from '../../../src/policy/registry-auth.ts';

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export const digestOf = (bytes: Uint8Array | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export const sha256: ArchiveTools['sha256'] = () => {
  const hash = createHash('sha256');
  return { update: (chunk) => hash.update(chunk), hex: () => hash.digest('hex') };
};

/** A blob as a manifest names it. */
export const descriptorOf = (mediaType: string, bytes: Uint8Array | string) => ({
  mediaType,
  digest: digestOf(bytes),
  size: Buffer.byteLength(bytes),
});

/** What a registry holds, by the end of the path: `manifests/1`, `blobs/sha256:…`. */
export type Holdings = Record<string, Answer | string | Uint8Array | ((request: RegistryRequest) => Answer)>;

/** A registry in this process that answers what it is told to, and remembers what it was asked. `first` may answer before it looks. */
export function registryFake(holdings: Holdings, first: (request: RegistryRequest) => Answer | undefined = () => undefined) {
  const asked: RegistryRequest[] = [];
  const fetch: RegistryFetch = async (request) => {
    asked.push(request);
    const path = /\/((?:manifests|blobs)\/[^/]+)$/.exec(request.url)?.[1] ?? '';
    const found = first(request) ??
      (request.url.endsWith('/v2/') ? '{}' : holdings[path]) ?? {
        status: 404,
        body: '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no"}]}',
      };
    const held = typeof found === 'function' ? found(request) : found;
    const {
      status = 200,
      headers = {},
      body = '',
    }: Answer = typeof held === 'string' || held instanceof Uint8Array ? { body: held } : held;
    return { status, header: (name) => headers[name] ?? null, body: streamOf(body) };
  };
  return { fetch, asked };
}

export function clientOf(
  fetch: RegistryFetch,
  credential: Partial<RegistryCredential> | null = null,
  registry = 'registry.dev',
): RegistryClient {
  return new RegistryClient({
    ...{ fetch, sha256, registry, signal: new AbortController().signal },
    credential: credential && { username: '', password: '', identityToken: '', registryToken: '', ...credential },
  });
}

export const tool: ImageReference = imageReferenceParse('registry.dev/team/tool:1');

async function* streamOf(body: string | Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (typeof body === 'string') yield new TextEncoder().encode(body);
  else if (body instanceof Uint8Array) yield new Uint8Array(body);
  else yield* body;
}

/** Goes on for as long as anybody reads, and counts what was taken. */
export function endless(): { body: AsyncIterable<Uint8Array>; taken(): number } {
  let taken = 0;
  const body = (async function* () {
    for (;;) {
      taken += 64 * 1024;
      yield new Uint8Array(64 * 1024).fill(0x20);
    }
  })();
  return { body, taken: () => taken };
}
