import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditMake } from '../../src/app/audit.ts';
import { authenticatorMake } from '../../src/auth/authenticate.ts';
import { type Dispatcher, dispatch, errorReply } from '../../src/docker-api/dispatch.ts';
import type { Reply } from '../../src/docker-api/route.ts';
import { routeTable } from '../../src/docker-api/route-match.ts';
import { dockerRoutes } from '../../src/docker-api/routes.ts';
import { tenantTraffic } from '../../src/domain/request-rate.ts';
import { type FakeEngine, fakeEngineStart, type RecordedCall } from '../fakes/engine/engine.ts';
import { fakeRegistryFetch } from '../fakes/registry.ts';
import { type Berth, berthUp, type Tenant } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';
import { attackerThings } from './attacker.ts';
import { type AttackerThings, corpus, requestOf } from './corpus/corpus.ts';
import type { HostileRequest } from './corpus/request.ts';
import { callPowers } from './powers.ts';

let engine: FakeEngine;
let berth: Berth;
let tenant: Tenant;
let things: AttackerThings;
let dispatcher: Dispatcher;

beforeAll(async () => {
  engine = await fakeEngineStart();
  berth = await berthUp({ hosts: [{ name: 'one', url: engine.url }], tenants: ['red'], registryFetch: fakeRegistryFetch() });
  tenant = berth.tenants.red as Tenant;
  const rootFs = Buffer.from(tarOf([{ name: 'a', content: 'a' }]));
  await tenant.call('POST', '/images/create?fromSrc=-&repo=base&tag=1', { body: rootFs, headers: { 'Content-Type': 'application/x-tar' } });
  things = await attackerThings(tenant, 'base:1');
  const { app } = berth.server;
  dispatcher = {
    app,
    authenticator: authenticatorMake(app.system, () => app.bus.hears()),
    audit: auditMake(app.system, app.log),
    traffic: tenantTraffic(),
    routes: routeTable(dockerRoutes),
  };
});

afterAll(async () => {
  await berth?.stop();
  await engine?.stop();
});

/** The answer and what reached the engine meanwhile, past what Berth asks by itself. */
async function sent(request: HostileRequest): Promise<{ reply: Reply; text: string; calls: RecordedCall[] }> {
  const { target, body, headers } = requestOf(request, things);
  const known = new Map(
    Object.entries({ authorization: `Bearer ${tenant.token}`, ...headers }).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const before = engine.calls.length;
  const reply = await dispatch(dispatcher, {
    method: request.method,
    target,
    header: (name) => known.get(name) ?? null,
    credentials: { authorization: known.get('authorization') ?? null, certificateSerial: null, address: '127.0.0.1' },
    body: (async function* () {
      if (body) yield body;
    })(),
    signal: new AbortController().signal,
    authenticated: () => {},
    limited: () => {},
    ends: () => {},
    matched: () => {},
  }).catch(errorReply);
  const text = await replyText(reply);
  return { reply, text, calls: engine.calls.slice(before).filter(({ method }) => method !== 'GET' && method !== 'HEAD') };
}

async function replyText(reply: Reply): Promise<string> {
  if (reply.kind === 'json') return JSON.stringify(reply.body);
  if (reply.kind === 'text') return typeof reply.body === 'string' ? reply.body : Buffer.from(reply.body).toString();
  if (reply.kind !== 'stream') return '';
  const chunks: Uint8Array[] = [];
  for await (const chunk of reply.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const refused = corpus.filter(({ harmless }) => harmless === undefined);
const harmless = corpus.filter((request) => request.harmless !== undefined);

describe('the corpus', () => {
  it('has at least 300 hostile requests, each named once', () => {
    expect(corpus.length).toBeGreaterThan(300);
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
    console.log(`escape corpus: ${corpus.length} requests`);
  });
});

describe('a hostile request', () => {
  // A loop and not it.each, which cuts long names.
  for (const request of refused) {
    it(`is refused before an engine hears of it: ${request.name.slice(0, 160)}`, () => refusedCheck(request));
  }

  for (const request of harmless) {
    it(`is read without its power: ${request.name}, since ${request.harmless}`, async () => {
      const { calls } = await sent(request);
      expect(calls.flatMap(callPowers)).toEqual([]);
    });
  }
});

async function refusedCheck(request: HostileRequest): Promise<void> {
  const { reply, text, calls } = await sent(request);
  const status = reply.kind === 'hijack' ? 101 : reply.status;
  // A stream of progress has begun before its refusal: it is told in the stream, as an engine does.
  const inStream = request.late && status === 200 && text.includes('"errorDetail"');
  if (!inStream) expect([400, 401, 403, 404, 409, 413, 501], `${status} ${text}`).toContain(status);
  if (request.late) expect(calls.flatMap(callPowers)).toEqual([]);
  else expect(calls).toEqual([]);
  expect(text).not.toMatch(/\n\s+at |node_modules|\/src\//);
}

describe('an image that asks for what a request may not', () => {
  const asking = async (change: string, fields: object = {}) => {
    const target = `/images/create?fromSrc=-&repo=asking&tag=1&changes=${encodeURIComponent(change)}`;
    const { reply } = await sent({ name: '', method: 'POST', target, raw: tarOf([{ name: 'a', content: 'a' }]) });
    expect(reply).toMatchObject({ status: 200 });
    return sent({ name: '', method: 'POST', target: '/containers/create', json: { Image: 'asking:1', Cmd: ['true'], ...fields } });
  };

  it.each(['WORKDIR /proc/self/fd/8', 'WORKDIR /x/../proc/self/fd/8', 'VOLUME /proc', 'VOLUME /sys/fs/cgroup'])(
    'is refused when a container is created from it: %s',
    async (change) => {
      const { reply, text, calls } = await asking(change);
      expect(reply).toMatchObject({ status: 403 });
      expect(text).toContain(change.split(' ')[0]);
      expect(calls).toEqual([]);
    },
  );

  it('is served where the request says better', async () => {
    expect((await asking('WORKDIR /proc/self/fd/8', { WorkingDir: '/' })).reply).toMatchObject({ status: 201 });
  });
});
