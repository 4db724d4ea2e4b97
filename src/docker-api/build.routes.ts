import { buildBegin } from '../app/build.ts';
import { buildPrune } from '../app/build-cache.ts';
import { CommandFailed } from '../app/build-run.ts';
import { containerCommit } from '../app/container-commit.ts';
import { containerFind } from '../app/container-find.ts';
import { BerthError } from '../domain/errors.ts';
import { buildLimits } from '../domain/limits.ts';
import { type ProgressLine, progressEncode } from '../images/progress.ts';
import { buildParameters, buildRequestRead } from '../policy/build-request.ts';
import { commitConfigRead } from '../policy/commit-config.ts';
import { durationParse } from '../policy/duration.ts';
import { printable } from '../policy/fields.ts';
import { filtersRead } from '../policy/filters.ts';
import { registryConfigRead } from '../policy/registry-config.ts';
import { type Call, json, type Reply, type Route } from './route.ts';

export const buildRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/build',
    scope: 'run',
    query: buildParameters,
    repeatable: ['t', 'extrahosts', 'securityopt'],
    body: 'stream',
    handle: build,
  },
  { method: 'POST', path: '/build/prune', scope: 'run', query: ['all', 'filters', 'keep-storage'], body: 'none', handle: prune },
  {
    method: 'POST',
    path: '/commit',
    scope: 'run',
    query: ['container', 'repo', 'tag', 'comment', 'author', 'pause', 'changes'],
    repeatable: ['changes'],
    body: 'json',
    handle: commit,
  },
];

async function build({ app, scope, query, stream, signal, header }: Call): Promise<Reply> {
  const request = buildRequestRead(query);
  const credentials = registryConfigRead(header('x-registry-config'));
  const lines = await buildBegin(app, scope, request, { context: stream, credentials, signal });
  const told = ended(lines, (error, message) => app.log.error(message, error));
  const body = encoded(request.quiet ? quiet(told) : told);
  return { kind: 'stream', status: 200, headers: { 'Content-Type': 'application/json' }, body };
}

/** A failure after the first line can only be told in the stream, with the code that the client ends with. */
async function* ended(
  lines: AsyncIterable<ProgressLine>,
  log: (error: unknown, message: string) => void,
): AsyncGenerator<ProgressLine, void, undefined> {
  try {
    yield* lines;
  } catch (error) {
    if (!(error instanceof BerthError)) log(error, 'a build failed');
    const message = error instanceof BerthError ? error.message : 'Something went wrong inside Berth while the image was built. Try again.';
    const code = error instanceof CommandFailed ? { code: error.exitCode } : {};
    yield { errorDetail: { ...code, message }, error: message };
  }
}

/** With `-q` the image's id is all that is said, unless the build fails: then it is all that was not. */
async function* quiet(lines: AsyncIterable<ProgressLine>): AsyncGenerator<ProgressLine, void, undefined> {
  const kept: ProgressLine[] = [];
  let bytes = 0;
  let id = '';
  for await (const line of lines) {
    if (line.error !== undefined) {
      yield* kept;
      yield line;
      return;
    }
    id = line.aux?.ID ?? id;
    bytes += line.stream?.length ?? 64;
    kept.push(line);
    while (bytes > buildLimits.quietBytes) bytes -= kept.shift()?.stream?.length ?? 64;
  }
  yield { stream: `${id}\n` };
}

async function* encoded(lines: AsyncIterable<ProgressLine>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const line of lines) yield progressEncode(line);
}

/** Steps carry no labels, so a filter by some means none. Source: moby, builder/builder-next, toBuildkitPruneInfo. */
async function prune({ app, scope, query }: Call): Promise<Reply> {
  const filters = filtersRead(query.get('filters'), ['until', 'unused-for', 'label', 'label!']);
  const unused = ['until', 'unused-for'].flatMap((name) => (filters.get(name) ?? []).map((text) => unusedSince(name, text)));
  if (unused.length > 1) throw new BerthError('malformed', 'conflicting filters: more than one of "until" and "unused-for"');
  const labelled = (filters.get('label') ?? []).length > 0;
  const keepBytes = query.int('keep-storage') ?? 0;
  const { removed, bytes } = labelled
    ? { removed: [], bytes: 0 }
    : await buildPrune(app, scope, { before: unused[0] ?? null, keepBytes: Math.max(0, keepBytes) });
  return json(200, { CachesDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: bytes });
}

function unusedSince(name: string, text: string): Date {
  const ms = durationParse(text);
  if (ms === null) {
    const why = `time: invalid duration "${printable(text)}"`;
    throw new BerthError('malformed', `failed to prune build cache: "${name}" filter expects a duration (e.g., '24h'): ${why}`);
  }
  return new Date(Date.now() - ms);
}

async function commit({ app, scope, query, json: body }: Call): Promise<Reply> {
  const row = await containerFind(app, scope, query.get('container') ?? '');
  const repo = query.get('repo') ?? '';
  const tag = query.get('tag') ?? '';
  const id = await containerCommit(app, scope, row, {
    name: repo === '' ? null : tag === '' ? repo : `${repo}:${tag}`,
    comment: query.get('comment') ?? '',
    author: query.get('author') ?? '',
    pause: query.flag('pause', true),
    changes: query.list('changes'),
    config: commitConfigRead(body),
  });
  return json(201, { Id: id });
}
