import { imageDistribution } from '../app/image-distribution.ts';
import { imagePush } from '../app/image-push.ts';
import { type ImageFound, imageSearch } from '../app/image-search.ts';
import { BerthError } from '../domain/errors.ts';
import { filtersRead } from '../policy/filters.ts';
import { platformRead } from '../policy/platform.ts';
import { registryAuthRead } from '../policy/registry-auth.ts';
import { progressReply } from './progress-reply.ts';
import { type Call, json, type Reply, type Route } from './route.ts';
import { type Filters, filterBoolean } from './views/filter-match.ts';

export const registryRoutes: readonly Route[] = [
  { method: 'POST', path: '/images/:name*/push', scope: 'run', query: ['tag', 'platform'], body: 'stream', handle: push },
  { method: 'GET', path: '/images/search', scope: 'read', query: ['term', 'limit', 'filters'], body: 'none', handle: search },
  { method: 'GET', path: '/distribution/:name*/json', scope: 'read', query: [], body: 'none', handle: distribution },
];

const searchLimit = 25;
const searchMost = 100;

/** Clients send the credential in the header, and long ago in a body, which is left unread. */
async function push({ app, scope, params, query, header, signal }: Call): Promise<Reply> {
  const platform = query.get('platform') ?? '';
  // An image here is of one platform; the CLI says it as JSON.
  if (platform !== '' && !platform.startsWith('{')) platformRead(platform);
  const request = { image: params.name ?? '', tag: query.get('tag') ?? '', registryAuth: registryAuthRead(header('x-registry-auth')) };
  return progressReply(await imagePush(app, scope, request, signal));
}

async function distribution({ app, scope, params, header, signal }: Call): Promise<Reply> {
  const auth = registryAuthRead(header('x-registry-auth'));
  return json(200, await imageDistribution(app, scope, params.name ?? '', auth, signal));
}

async function search({ app, query, signal }: Call): Promise<Reply> {
  const term = query.get('term') ?? '';
  if (!/^[\w./:-]{1,256}$/.test(term)) throw new BerthError('malformed', 'Say in the parameter term what to search for.');
  const limit = query.int('limit') || searchLimit;
  if (limit < 1 || limit > searchMost) throw new BerthError('malformed', `limit ${limit} is outside the range of [1, ${searchMost}]`);
  const filters = filtersRead(query.get('filters'), ['is-automated', 'is-official', 'stars']);
  return json(200, foundSelect(await imageSearch(app, term, limit, signal), filters));
}

/** Source: moby, registry/search.go. */
function foundSelect(found: readonly ImageFound[], filters: Filters): ImageFound[] {
  const [official, automated] = [filterBoolean(filters, 'is-official'), filterBoolean(filters, 'is-automated')];
  const stars = Math.max(
    0,
    ...(filters.get('stars') ?? []).map((text) => {
      if (/^\d{1,9}$/.test(text)) return Number(text);
      throw new BerthError('malformed', `invalid filter 'stars=[${text}]'`);
    }),
  );
  return found.filter(
    (one) =>
      one.star_count >= stars &&
      (official === null || one.is_official === official) &&
      (automated === null || one.is_automated === automated),
  );
}
