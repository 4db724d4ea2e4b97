import { BerthError } from '../domain/errors.ts';
import { bytesLimited } from '../images/bytes-limited.ts';
import type { App } from './context.ts';

/** One line of Docker's search, as the engine's API has it. */
export interface ImageFound {
  name: string;
  description: string;
  star_count: number;
  is_official: boolean;
  is_automated: boolean;
}

const deadlineMs = 20_000;
const replyLimit = 4 * 1024 * 1024;
const mostFound = 100;
const searchUrl = 'https://index.docker.io/v1/search';

/**
 * Asks the public index, as an engine does (moby, registry/search_session.go), by the same checked way as a pull and without a credential.
 * Throws `refused` for a term that names another registry: the protocol of search is Docker Hub's own.
 */
export async function imageSearch(app: App, term: string, limit: number, signal: AbortSignal): Promise<ImageFound[]> {
  const [first = '', ...rest] = term.split('/');
  if (rest.length > 0 && /[.:]|^localhost$/.test(first) && !/^(index\.)?docker\.io$/.test(first))
    throw new BerthError('refused', 'Other registries than Docker Hub have no search. Leave the registry out of the term.');
  const url = new URL(searchUrl);
  url.searchParams.set('q', term.replace(/^(index\.)?docker\.io\//, ''));
  url.searchParams.set('n', String(limit));
  const reply = await app.registryFetch({
    ...{ method: 'GET', url: url.href, headers: { accept: 'application/json' } },
    signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
  });
  const bytes = await bytesLimited(reply.body, replyLimit);
  if (reply.status !== 200) throw new BerthError('engine_failed', `The index answered ${reply.status} to the search. Try again later.`);
  return foundRead(bytes);
}

function foundRead(bytes: Uint8Array): ImageFound[] {
  try {
    const { results } = JSON.parse(new TextDecoder().decode(bytes)) as { results: Record<string, unknown>[] };
    return results.slice(0, mostFound).map((one) => ({
      ...{ name: String(one.name ?? ''), description: String(one.description ?? '') },
      ...{ star_count: Number(one.star_count) || 0, is_official: one.is_official === true, is_automated: one.is_automated === true },
    }));
  } catch (cause) {
    throw new BerthError('engine_failed', 'The index answered the search with something that cannot be read. Try again later.', { cause });
  }
}
