import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditMake } from '../../src/app/audit.ts';
import { authenticatorMake } from '../../src/auth/authenticate.ts';
import { type Dispatcher, dispatch, errorReply } from '../../src/docker-api/dispatch.ts';
import type { Reply, Route } from '../../src/docker-api/route.ts';
import { routeTable } from '../../src/docker-api/route-match.ts';
import { dockerRoutes } from '../../src/docker-api/routes.ts';
import { BerthError } from '../../src/domain/errors.ts';
import { tenantTraffic } from '../../src/domain/request-rate.ts';
import { containerCreateRows } from '../../src/policy/container-create.table.ts';
import { execCreateRows, execStartRows } from '../../src/policy/exec-create.ts';
import { networkConnectRows, networkCreateRows, networkDisconnectRows } from '../../src/policy/network.ts';
import { volumeCreateRows } from '../../src/policy/volume.ts';
import { execMake } from '../docker-api/wire-up.ts';
import { tarOf } from '../pure/images/tar-maker.ts';
import { bodyOf, fuzzRuns, fuzzSeeds, json, text } from './fuzz-values.ts';
import { type Stage, stageUp } from './stage.ts';

let stage: Stage;
let dispatcher: Dispatcher;
let known: Record<'container' | 'exec' | 'network' | 'volume' | 'image', string[]>;

beforeAll(async () => {
  stage = await stageUp();
  await stage.quotaSet({ requestsPerSecond: 1_000_000, streams: 100_000, containers: 100_000, volumes: 100_000 });
  const { app } = stage.berth.server;
  dispatcher = {
    app,
    authenticator: authenticatorMake(app.system, () => app.bus.hears()),
    audit: auditMake(app.system, app.log),
    traffic: tenantTraffic(),
    routes: routeTable(dockerRoutes),
  };
  await stage.red.call('POST', '/networks/create', { json: { Name: 'net' } });
  await stage.red.call('POST', '/volumes/create', { json: { Name: 'vol' } });
  known = {
    container: [stage.world.box, stage.world.terminal, stage.world.box.slice(0, 12)],
    exec: [await execMake(stage.red, stage.world.box, ['cat'])],
    network: ['net', 'bridge', 'none'],
    volume: ['vol'],
    image: ['busybox', 'busybox:latest'],
  };
});
afterAll(() => stage?.down());

const rows: Record<string, ReturnType<typeof bodyOf>> = {
  '/containers/create': bodyOf(containerCreateRows, { Image: 'busybox', Cmd: ['true'] }),
  '/containers/:id/exec': bodyOf(execCreateRows, { Cmd: ['true'] }),
  '/exec/:id/start': bodyOf(execStartRows, { Detach: true }),
  '/networks/create': bodyOf(networkCreateRows, { Name: 'fuzz' }),
  '/networks/:id/connect': bodyOf(networkConnectRows, {}),
  '/networks/:id/disconnect': bodyOf(networkDisconnectRows, {}),
  '/volumes/create': bodyOf(volumeCreateRows, {}),
};

interface Fuzzed {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: Uint8Array | null;
}

const kindOf = (path: string) => (/^\/(container|exec|network|volume|image)/.exec(path)?.[1] ?? 'container') as keyof typeof known;
const encoded = (value: string) => fc.constantFrom(...[value, encodeURIComponent(value.toWellFormed())]);
const tarBytes = Buffer.from(tarOf([{ name: 'manifest.json', content: '[{"Config":"c","RepoTags":["a:b"],"Layers":["l"]}]' }]));
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc.constantFrom(Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]), Buffer.from('BZh9'), tarBytes),
  fc.nat(tarBytes.length).map((length) => tarBytes.subarray(0, length)),
  fc.tuple(fc.nat(tarBytes.length - 1), fc.nat(255)).map(([at, byte]) => {
    const bytes = Buffer.from(tarBytes);
    bytes[at] = byte;
    return bytes;
  }),
);

/** What goes away stays away for the rest of the run: such calls name mostly what is not there. */
const ending = (route: Route) =>
  route.method === 'DELETE' || /\/(kill|stop|restart|pause|rename|update|prune|disconnect)$/.test(route.path);

function requestOf(route: Route): fc.Arbitrary<Fuzzed> {
  const ids = fc.constant(null).chain(() => fc.constantFrom(...known[kindOf(route.path)]));
  const id = ending(route) ? text : fc.oneof({ weight: 2, arbitrary: ids }, text);
  const part = id.chain((value) => encoded(value));
  const path = fc.array(part, { minLength: 3, maxLength: 3 }).map((parts) => route.path.replace(/:\w+\*?/g, () => parts.shift() ?? ''));
  const pair = fc.tuple(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...route.query, 'x') }, text), text);
  const query = fc
    .array(pair, { maxLength: 4 })
    .map((pairs) => pairs.map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`));
  const version = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('', '/v1.24', '/v1.41', '/v1.47') },
    fc.constantFrom('/v0', '/v1.99', '/v', '/v1.41.0'),
  );
  const headers = fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    fc.dictionary(fc.constantFrom('content-type', 'x-registry-auth', 'x-registry-config', 'content-length', 'upgrade', 'accept'), text, {
      maxKeys: 2,
    }),
  );
  const document = fc
    .oneof({ weight: 4, arbitrary: rows[route.path] ?? json }, json)
    .map((value) => Buffer.from(JSON.stringify(value) ?? ''));
  const body = route.body === 'stream' ? anyBytes : fc.oneof({ weight: 6, arbitrary: document }, anyBytes);
  const wanted = route.body === 'none' || route.body === 'input' ? fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, body) : body;
  return fc.tuple(version, path, query, headers, wanted).map(([prefix, at, pairs, own, bytes]) => ({
    method: route.method,
    target: `${prefix}${at}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`,
    headers: own,
    body: bytes,
  }));
}

/** Streams are read for this long, then their client goes. */
const listenMs = 30;

async function answer(request: Fuzzed): Promise<{ reply: Reply; text: string }> {
  const gone = new AbortController();
  const headers = new Map(Object.entries(request.headers));
  const reply = await dispatch(dispatcher, {
    method: request.method,
    target: request.target,
    header: (name) => headers.get(name) ?? null,
    credentials: { authorization: `Bearer ${stage.red.token}`, certificateSerial: null, address: '127.0.0.1' },
    body: (async function* () {
      if (request.body) yield request.body;
    })(),
    signal: gone.signal,
    authenticated: () => {},
    limited: () => {},
    ends: (over) => gone.signal.addEventListener('abort', over),
    matched: () => {},
  }).catch((error) => {
    if (!(error instanceof BerthError) || error.code === 'internal') failures.push(error);
    return errorReply(error);
  });
  const read = await replyText(reply, gone);
  gone.abort();
  return { reply, text: read };
}

/** Of an engine that answers at once. */
const patienceMs = 10_000;

async function promptly<T>(request: Fuzzed, answered: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer: ${request.method} ${request.target}`)), patienceMs);
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}

/** What was answered with a fault of Berth's own. */
const failures: unknown[] = [];

async function replyText(reply: Reply, gone: AbortController): Promise<string> {
  if (reply.kind === 'json') return JSON.stringify(reply.body);
  if (reply.kind === 'text') return typeof reply.body === 'string' ? reply.body : Buffer.from(reply.body).toString();
  if (reply.kind === 'empty') return '';
  if (reply.kind === 'hijack') {
    reply.hijack.socket.destroy();
    return '';
  }
  const timer = setTimeout(() => gone.abort(), listenMs);
  let said = '';
  try {
    for await (const chunk of reply.body) said = (said + Buffer.from(chunk).toString('latin1')).slice(-10_000);
  } catch {
    // A stream that is broken off has no status left to give.
  }
  clearTimeout(timer);
  return said;
}

function expectAnswered(request: Fuzzed, reply: Reply, said: string): void {
  const shown = `${request.method} ${request.target} ${JSON.stringify(request.headers)} ${Buffer.from(request.body ?? []).toString()}`;
  const status = reply.kind === 'hijack' ? 101 : reply.status;
  const cause = failures.splice(0).map((failure) => (failure as Error)?.stack ?? String(failure));
  expect([status, ...cause], shown).not.toContain(500);
  expect(cause, shown).toEqual([]);
  expect(said, shown).not.toContain('Something went wrong inside Berth');
  if (status >= 400) expect(JSON.parse(said), shown).toEqual({ message: expect.stringMatching(/\S/) });
}

describe('whatever is asked of a route of the Docker endpoint', () => {
  console.log(`fuzz: seeds ${fuzzSeeds.join(', ')}, ${fuzzRuns} requests of each`);

  it.each(fuzzSeeds)('it answers, and never with a fault of its own: seed %i', async (seed) => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...dockerRoutes).chain(requestOf), async (request) => {
        const { reply, text: said } = await promptly(request, answer(request));
        expectAnswered(request, reply, said);
        const status = reply.kind === 'hijack' ? 101 : reply.status;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
      { seed, numRuns: fuzzRuns, endOnFailure: true },
    );
    console.log(
      `docker: ${[...statuses]
        .sort()
        .map(([status, count]) => `${count} × ${status}`)
        .join(', ')}`,
    );
  });
});
