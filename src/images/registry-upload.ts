import { bytesLimited } from './bytes-limited.ts';
import type { Descriptor } from './registry-manifest.ts';
import { type RegistryAccess, RegistrySession } from './registry-session.ts';

const replyLimit = 64 * 1024;

/** Blobs and manifests into one repository. Methods throw RegistryRefusal for the registry's no. Source: the OCI distribution specification, 1.1. */
export class RegistryUpload {
  readonly #session: RegistrySession;
  readonly #repository: string;
  readonly #sha256: RegistryAccess['sha256'];

  constructor(access: RegistryAccess, repository: string) {
    this.#session = new RegistrySession(access, `repository:${repository}:pull,push`);
    this.#repository = repository;
    this.#sha256 = access.sha256;
  }

  async has(digest: string): Promise<boolean> {
    const reply = await this.#session.ask({ method: 'HEAD', to: `${this.#repository}/blobs/${digest}`, good: [200, 404] });
    await bytesLimited(reply.body, replyLimit);
    return reply.status === 200;
  }

  /** Takes a blob over from another repository of this registry; false when it does not do that, or not for this credential. */
  async mount(digest: string, from: string): Promise<boolean> {
    const query = new URLSearchParams({ mount: digest, from });
    const reply = await this.#session.ask({ method: 'POST', to: `${this.#repository}/blobs/uploads/?${query}`, good: [201, 202] });
    await bytesLimited(reply.body, replyLimit);
    if (reply.status === 202) await this.#leave(this.#session.location(reply));
    return reply.status === 201;
  }

  /** Sends a blob as it comes; its digest and size are known at its end. */
  async send(content: AsyncIterable<Uint8Array>): Promise<Pick<Descriptor, 'digest' | 'size'>> {
    const begun = await this.#session.ask({ method: 'POST', to: `${this.#repository}/blobs/uploads/`, good: [202] });
    await bytesLimited(begun.body, replyLimit);
    const hash = this.#sha256();
    let size = 0;
    const watched = (async function* () {
      for await (const chunk of content) {
        await hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    })();
    const to = this.#session.location(begun);
    const headers = { 'content-type': 'application/octet-stream' };
    const patched = await this.#session.ask({ method: 'PATCH', to, headers, body: watched, good: [202, 204] });
    await bytesLimited(patched.body, replyLimit);
    const digest = `sha256:${await hash.hex()}`;
    const end = this.#session.location(patched);
    end.searchParams.set('digest', digest);
    const done = await this.#session.ask({ method: 'PUT', to: end, headers, body: '', good: [201, 204] });
    await bytesLimited(done.body, replyLimit);
    return { digest, size };
  }

  async manifest(tag: string, mediaType: string, body: string): Promise<void> {
    const to = `${this.#repository}/manifests/${tag}`;
    const reply = await this.#session.ask({ method: 'PUT', to, headers: { 'content-type': mediaType }, body, good: [200, 201, 202] });
    await bytesLimited(reply.body, replyLimit);
  }

  /** An upload that nobody goes on with; a registry that keeps it forgets it by itself. */
  async #leave(upload: URL): Promise<void> {
    const reply = await this.#session.ask({ method: 'DELETE', to: upload, good: [200, 202, 204, 404, 405] }).catch(() => null);
    if (reply) await bytesLimited(reply.body, replyLimit);
  }
}
