import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerRoutes } from '../../../src/docker-api/routes.ts';
import { type FakeEngine, fakeEngineStart } from '../../fakes/engine/engine.ts';
import { type Berth, berthUp, type Tenant, type WireReply } from '../../harness.ts';
import { tarOf } from '../../pure/images/tar-maker.ts';
import { dockerRules, type Probe } from './docker-rules.ts';
import { ghostOf, type TenantThings, tenantThings } from './tenant-things.ts';

let engine: FakeEngine;
let berth: Berth;
let red: Tenant;
let blue: Tenant;
let things: TenantThings;
let mineId: string;
/** What blue's lists and counts said while red had nothing. */
let alone: Map<string, string>;

const routeNames = dockerRoutes.map(({ method, path }) => `${method} ${path}`);
/** Reads that take no identifier and end: lists, counts, facts. */
const overviews = [
  '/containers/json?all=1',
  ...dockerRoutes
    .filter(({ method, path }) => method === 'GET' && !path.includes(':') && !['/images/get', '/events'].includes(path))
    .map(({ path }) => path),
];

const untimed = (text: string) => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z|"Up [^"]*"|"Created [^"]*"/g, '<time>');
const overviewsOf = async (tenant: Tenant) =>
  new Map(
    await Promise.all(overviews.map(async (path): Promise<[string, string]> => [path, untimed((await tenant.call('GET', path)).text)])),
  );

beforeAll(async () => {
  engine = await fakeEngineStart();
  berth = await berthUp({ hosts: [{ name: 'one', url: engine.url }] });
  red = berth.tenants.red as Tenant;
  blue = berth.tenants.blue as Tenant;
  const body = Buffer.from(tarOf([{ name: 'own', content: 'own' }]));
  await blue.call('POST', '/images/create?fromSrc=-&repo=own&tag=latest', { body, headers: { 'Content-Type': 'application/x-tar' } });
  await blue.call('POST', '/networks/create', { json: { Name: 'own-net' } });
  const mine = await blue.call('POST', '/containers/create?name=mine', {
    json: { Image: 'own', Cmd: ['true'], HostConfig: { NetworkMode: 'own-net' } },
  });
  mineId = mine.json.Id;
  // Its `bridge` gets its subnet with the first container there.
  const first = await blue.call('POST', '/containers/create', { json: { Image: 'own', Cmd: ['true'] } });
  await blue.call('DELETE', `/containers/${first.json.Id}`);
  alone = await overviewsOf(blue);
  things = await tenantThings(red, 'xylem');
});

afterAll(async () => {
  await berth?.stop();
  await engine?.stop();
});

/** Status, headers and body, without what is new in every reply, and with the identifier that was asked for as one word. */
function shapeOf(reply: WireReply, asked: string): object {
  const { date: _date, 'x-request-id': _id, ...headers } = reply.headers;
  const bare = asked.replace(/^\//, '');
  const text = untimed(reply.text.replaceAll(asked, '<asked>').replaceAll(bare, '<asked>')).replace(/[0-9a-f]{64}/g, '<hex>');
  return { status: reply.status, headers, text };
}

async function ask(method: string, probe: Probe, id: string): Promise<WireReply> {
  const json = probe.json?.(id);
  const type = { 'Content-Type': 'application/x-tar' };
  const reply = await blue.call(method, probe.target(id), {
    ...(json !== undefined && { json }),
    ...(probe.body && { body: typeof probe.body === 'function' ? probe.body(id) : probe.body, headers: type }),
  });
  await undo(probe.target(id), reply);
  return reply;
}

/** What a question made in blue's own name goes again, so that no later one finds it. */
async function undo(target: string, reply: WireReply): Promise<void> {
  if (reply.status === 204 && target.includes('/mine/rename')) await blue.call('POST', `/containers/${mineId}/rename?name=mine`);
  if (reply.status !== 201) return;
  const { Id, Name } = JSON.parse(reply.text || '{}');
  const [, kind] = /^\/(containers|networks|volumes)\/create/.exec(target) ?? [];
  if (kind !== undefined) await blue.call('DELETE', `/${kind}/${Id ?? Name}?${kind === 'containers' ? 'force=1&v=1' : ''}`);
  for (const { Name: volume } of (await blue.call('GET', '/volumes')).json.Volumes) await blue.call('DELETE', `/volumes/${volume}`);
}

/** What of red's is in a text, past what blue wrote itself. */
const secretsIn = (text: string, asked: string) =>
  things.secrets.filter((secret) => !asked.includes(secret) && !secret.includes(asked) && text.includes(secret));

describe('every route of the Docker endpoint', () => {
  it('has a rule for the sweep, and every rule a route', () => {
    expect(Object.keys(dockerRules).sort()).toEqual([...routeNames].sort());
  });

  let asked = 0;
  for (const [name, rule] of Object.entries(dockerRules)) {
    if (typeof rule === 'string') continue;
    it(`answers for another tenant's as for what never was: ${name}`, async () => {
      const [method = ''] = name.split(' ');
      for (const probe of rule) {
        for (const id of things.identifiers[probe.kind]) {
          const ghost = ghostOf(id);
          const theirs = await ask(method, probe, id);
          const nobodys = await ask(method, probe, ghost);
          expect(shapeOf(theirs, id), `${method} ${probe.target(id)} beside ${ghost}`).toEqual(shapeOf(nobodys, ghost));
          expect(secretsIn(theirs.text, id)).toEqual([]);
          asked += 2;
        }
      }
    });
  }

  afterAll(() => console.log(`cross-tenant sweep: ${Object.keys(dockerRules).length} routes, ${asked} requests`));
});

describe('what a tenant sees of itself', () => {
  it('does not change with what another has: lists, counts, info', async () => {
    const now = await overviewsOf(blue);
    for (const [path, text] of now) {
      expect(text, path).toEqual(alone.get(path));
      expect(secretsIn(text, '')).toEqual([]);
    }
  });

  it('is all still there for the other', async () => {
    for (const id of things.identifiers.container.filter((text) => !text.startsWith('/')))
      expect((await red.call('GET', `/containers/${encodeURIComponent(id)}/json`)).json.State.Running).toBe(true);
    for (const id of things.identifiers.network) expect((await red.call('GET', `/networks/${id}`)).status).toBe(200);
    for (const id of things.identifiers.image) expect((await red.call('GET', `/images/${id}/json`)).status).toBe(200);
    expect((await red.call('GET', `/volumes/${things.identifiers.volume[0]}`)).status).toBe(200);
    expect((await red.call('GET', `/exec/${things.identifiers.exec[0]}/json`)).status).toBe(200);
  });
});
