import { BerthError } from '../domain/errors.ts';
import { bytesLimited } from './bytes-limited.ts';
import { type Descriptor, manifestLimit } from './registry-manifest.ts';
import type { RegistryReply } from './registry-request.ts';
import { type RegistryAccess, RegistrySession } from './registry-session.ts';

const errorLimit = 64 * 1024;
const tagPagesLimit = 100;
/** How often a download that breaks off goes on, as engines do it. */
const resumeLimit = 5;

const manifestTypes = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
].join(', ');

/**
 * A registry that nobody vouches for: what it sends counts only as far as its digest is known. All methods throw RegistryRefusal for its no,
 * and 'engine_failed' for an answer that is not what it claims to be. Source: the OCI distribution specification, 1.1.
 */
export class RegistryClient {
  readonly #access: RegistryAccess;
  /** One for each repository, since a token is for one. */
  readonly #sessions = new Map<string | null, RegistrySession>();

  constructor(access: RegistryAccess) {
    this.#access = access;
  }

  /** Is the credential one of this registry's? */
  async login(): Promise<void> {
    const reply = await this.#get('', null, {});
    await bytesLimited(reply.body, errorLimit);
  }

  /** Of a repository, as its registry orders them, over all pages. */
  async tags(repository: string): Promise<string[]> {
    const tags: string[] = [];
    let to: string | null = `${repository}/tags/list`;
    for (let pages = 0; to !== null; pages++) {
      if (pages === tagPagesLimit) throw untrue('a list of tags without an end');
      const reply = await this.#get(to, repository, {});
      tags.push(...tagsRead(await bytesLimited(reply.body, manifestLimit)));
      to = nextPage(reply.header('link'), repository);
    }
    return [...new Set(tags)];
  }

  /** `reference`: a tag, or a digest, which the bytes then have. */
  async manifest(repository: string, reference: string): Promise<{ bytes: Uint8Array; digest: string }> {
    const reply = await this.#get(`${repository}/manifests/${reference}`, repository, { accept: manifestTypes });
    const bytes = await bytesLimited(reply.body, manifestLimit);
    const digest = await this.#digest(bytes);
    const claimed = reference.startsWith('sha256:') ? reference : reply.header('docker-content-digest');
    if (claimed?.startsWith('sha256:') && claimed !== digest) throw untrue('a manifest with another digest than it has');
    return { bytes, digest };
  }

  /**
   * A blob's bytes as they come, asked for again from where they broke off. Fails at its end at the latest when they are not what the
   * descriptor says.
   */
  async *blob(repository: string, { digest, size }: Descriptor): AsyncGenerator<Uint8Array, void, undefined> {
    const hash = this.#access.sha256();
    let length = 0;
    for (let resumed = 0, before = -1; ; resumed++) {
      try {
        for await (const chunk of this.#blobFrom(`${repository}/blobs/${digest}`, repository, length)) {
          length += chunk.length;
          if (length > size) break;
          await hash.update(chunk);
          yield chunk;
        }
        break;
      } catch (error) {
        if (this.#access.signal.aborted || length === before || length === 0 || resumed === resumeLimit) throw error;
        before = length;
      }
    }
    if (length !== size) throw untrue('a layer or config of another size than its manifest says');
    if (`sha256:${await hash.hex()}` !== digest) throw untrue('a layer or config of another digest than its manifest says');
  }

  async *#blobFrom(path: string, repository: string, start: number): AsyncGenerator<Uint8Array, void, undefined> {
    const reply = await this.#get(path, repository, start === 0 ? {} : { range: `bytes=${start}-` });
    // Not every registry knows ranges.
    let skip = reply.status === 206 ? 0 : start;
    for await (const chunk of reply.body) {
      if (chunk.length > skip) yield chunk.subarray(skip);
      skip = Math.max(0, skip - chunk.length);
    }
  }

  #get(path: string, repository: string | null, headers: Record<string, string>): Promise<RegistryReply> {
    let session = this.#sessions.get(repository);
    if (!session) {
      session = new RegistrySession(this.#access, repository === null ? null : `repository:${repository}:pull`);
      this.#sessions.set(repository, session);
    }
    return session.ask({ method: 'GET', to: path, headers, good: headers.range === undefined ? [200] : [200, 206] });
  }

  async #digest(bytes: Uint8Array): Promise<string> {
    const hash = this.#access.sha256();
    await hash.update(bytes);
    return `sha256:${await hash.hex()}`;
  }
}

function tagsRead(bytes: Uint8Array): string[] {
  try {
    const { tags } = JSON.parse(new TextDecoder().decode(bytes)) as { tags?: unknown };
    if (tags === null || tags === undefined) return [];
    if (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string' && /^\w[\w.-]{0,127}$/.test(tag))) return tags;
  } catch {
    // Said below.
  }
  throw untrue('a list of tags that is none');
}

/** `</v2/own/image/tags/list?last=b&n=2>; rel="next"`: of the address its query alone, so that it leads nowhere else. */
function nextPage(link: string | null, repository: string): string | null {
  const query = /<[^>?]*(\?[^>]*)>;\s*rel="?next"?/.exec(link ?? '')?.[1];
  return query === undefined ? null : `${repository}/tags/list${query}`;
}

function untrue(what: string): BerthError {
  return new BerthError('engine_failed', `The registry sent ${what}. Try again; if it stays so, tell whoever runs it.`);
}
