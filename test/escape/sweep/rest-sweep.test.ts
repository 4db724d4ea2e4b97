import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenMint } from '../../../src/auth/token.ts';
import { tenantScope } from '../../../src/db/scope.ts';
import { recordSet } from '../../../src/db/store/container-record.ts';
import { operatorTokenInsert } from '../../../src/db/store/credential.ts';
import { type FakeEngine, fakeEngineStart } from '../../fakes/engine/engine.ts';
import { type Berth, berthUp, type Tenant } from '../../harness.ts';
import { tarOf } from '../../pure/images/tar-maker.ts';

interface Described {
  paths: Record<string, Record<string, { operationId: string; 'x-berth-caller': string; requestBody?: unknown }>>;
}

let engine: FakeEngine;
let berth: Berth;
let red: Tenant;
let blue: Tenant;
/** By the name of a parameter in the document: what red, or the fleet, has of it. A new kind fails the suite until it is here. */
let ids: Record<string, string[]>;
/** Where a body is read before what it is for is looked up, it has to be a good one. */
const bodies: Record<string, object> = {
  deploymentUpdate: { spec: { image: 'base' } },
  jobReplace: { spec: { image: 'base' } },
  deploymentScale: { replicas: 2 },
  deploymentRollback: { revision: 1 },
  stackApply: { deployments: [], prune: true },
  secretSet: { value: 'blue' },
  registrySet: { username: 'blue', password: 'blue' },
  recordRetentionSet: { days: 3 },
};
/** A name in the path is the caller's own: another's is as free as any. */
const ownNames = ['stackApply', 'secretSet', 'registrySet'];
/** What they make must not be there when the others are asked. */
const ownNamesLast = (a: { id: string }, b: { id: string }) => Number(ownNames.includes(a.id)) - Number(ownNames.includes(b.id));
const queries: Record<string, string> = { deploymentWait: '?for=healthy&timeout=1s' };
let operations: { id: string; caller: string; method: string; path: string; body: boolean }[];

const call = async (tenant: Tenant, method: string, path: string, body?: object) => {
  const reply = await fetch(`http://127.0.0.1:${berth.server.httpPort}${path}`, {
    method: method.toUpperCase(),
    headers: { authorization: `Bearer ${tenant.token}`, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  return { status: reply.status, text: await reply.text(), type: reply.headers.get('content-type') };
};

beforeAll(async () => {
  engine = await fakeEngineStart();
  berth = await berthUp({ hosts: [{ name: 'secret-host', url: engine.url }] });
  red = berth.tenants.red as Tenant;
  blue = berth.tenants.blue as Tenant;
  const first = async (kind: string) => JSON.parse((await call(red, 'get', `/v1/tenants/${red.id}/${kind}`)).text).items[0].id;
  const document = (await (await fetch(`http://127.0.0.1:${berth.server.httpPort}/v1/openapi.json`)).json()) as Described;
  const minted = await tokenMint();
  const operator = await operatorTokenInsert(berth.server.app.system, {
    name: 'secret-operator',
    hash: minted.hash,
    prefix: minted.prefix,
    expiresAt: null,
  });
  const deployment = await deploymentMake();
  ids = {
    tenantId: [red.id],
    tokenId: [await first('tokens')],
    certificateId: [await first('certificates')],
    operatorTokenId: [operator.id],
    hostId: [berth.server.app.fleet.hosts()[0]?.row.id ?? ''],
    deploymentId: [deployment.deploymentId, 'red-secret-app'],
    operationId: [deployment.id],
    revision: ['1'],
    jobId: [await jobMake(), 'red-secret-job'],
    run: ['1'],
    stack: ['red-secret-stack'],
    secretName: ['red-secret-password'],
    registry: ['red-secret-registry.dev:5000'],
    containerId: [await recordMake()],
  };
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      ...{ id: described.operationId, caller: described['x-berth-caller'], method, path },
      body: described.requestBody !== undefined,
    })),
  );
});

afterAll(async () => {
  await berth?.stop();
  await engine?.stop();
});

/** Deployments of red's, one in a stack, under names that are nobody else's. */
async function deploymentMake(): Promise<{ id: string; deploymentId: string }> {
  const body = Buffer.from(tarOf([{ name: 'a', content: 'a' }]));
  await red.call('POST', '/images/create?fromSrc=-&repo=base&tag=latest', { body, headers: { 'Content-Type': 'application/x-tar' } });
  const made = await call(red, 'post', '/v1/deployments', { name: 'red-secret-app', spec: { image: 'base', command: ['sleep', '3600'] } });
  if (made.status !== 202) throw new Error(`no deployment: ${made.text}`);
  const deployments = [{ name: 'red-secret-part', spec: { image: 'base' } }];
  const stacked = await call(red, 'put', '/v1/stacks/red-secret-stack', { deployments });
  if (stacked.status !== 202) throw new Error(`no stack: ${stacked.text}`);
  const secret = await call(red, 'put', '/v1/secrets/red-secret-password', { value: 'red-secret-value' });
  if (secret.status !== 200) throw new Error(`no secret: ${secret.text}`);
  const credential = { username: 'red-secret-user', password: 'red-secret-sesame' };
  const kept = await call(red, 'put', '/v1/registries/red-secret-registry.dev:5000', credential);
  if (kept.status !== 200) throw new Error(`no credential: ${kept.text}`);
  return JSON.parse(made.text);
}

/** A container of red's that is gone; its id. */
async function recordMake(): Promise<string> {
  const engineId = 'c0ffee'.padEnd(64, '0');
  const values = { id: crypto.randomUUID(), engineId, name: 'red-secret-gone', image: 'base', deployment: null, revision: null };
  const state = { createdAt: new Date(), startedAt: new Date(), finishedAt: new Date(), exitCode: 0, oomKilled: false, error: '' };
  await recordSet(tenantScope(berth.server.app.db, red.id), { ...values, ...state });
  return engineId;
}

/** A job of red's with one run; its id. */
async function jobMake(): Promise<string> {
  const made = await call(red, 'post', '/v1/jobs', { name: 'red-secret-job', spec: { image: 'base', args: ['sleep', '3600'] } });
  const ran = await call(red, 'post', '/v1/jobs/red-secret-job/run');
  if (made.status !== 201 || ran.status !== 201) throw new Error(`no job: ${made.text} ${ran.text}`);
  return JSON.parse(made.text).id;
}

/** Every way to fill a path with ids, first as red's, then as nobody's. */
function fillings(path: string): { theirs: Record<string, string>; nobodys: Record<string, string> }[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  let all: { theirs: Record<string, string>; nobodys: Record<string, string> }[] = [{ theirs: {}, nobodys: {} }];
  for (const name of names) {
    const known = ids[name];
    if (!known) throw new Error(`the sweep knows no {${name}}: say in this file what a tenant has of it`);
    const pairs = known.map((id) => [id, /^\d+$/.test(id) ? id : ghostOf(id)]);
    // Below the own tenant, what is asked for can still be another's.
    if (name === 'tenantId' && names.length > 1) pairs.push([blue.id, blue.id]);
    all = all.flatMap(({ theirs, nobodys }) =>
      pairs.map(([id = '', ghost = '']) => ({ theirs: { ...theirs, [name]: id }, nobodys: { ...nobodys, [name]: ghost } })),
    );
  }
  return all;
}

/** A UUID for a UUID, an engine's id for one, other letters in a name. */
function ghostOf(id: string): string {
  if (/^[0-9a-f]{8}-/.test(id)) return crypto.randomUUID();
  const letters = /^[0-9a-f]{64}$/.test(id) ? 'abcdef' : 'bcdfghjkmn';
  return id.replace(/[a-z]/g, () => letters[Math.floor(Math.random() * letters.length)] as string);
}

const filled = (path: string, values: Record<string, string>) => path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] as string);
const plain = (text: string, values: Record<string, string>) =>
  Object.values(values)
    .filter((value) => value.length > 2)
    .reduce((all, value) => all.replaceAll(value, '<asked>'), text)
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');

describe('every operation of /v1', () => {
  it("answers for another tenant's as for what never was", async () => {
    expect(operations.length).toBeGreaterThan(15);
    let asked = 0;
    for (const { id, method, path, body } of operations.filter((one) => one.path.includes('{')).sort(ownNamesLast)) {
      const json = body ? (bodies[id] ?? {}) : undefined;
      for (const { theirs, nobodys } of fillings(path)) {
        const one = await call(blue, method, filled(path, theirs) + (queries[id] ?? ''), json);
        const other = await call(blue, method, filled(path, nobodys) + (queries[id] ?? ''), json);
        expect({ ...one, text: plain(one.text, theirs) }, id).toEqual({ ...other, text: plain(other.text, nobodys) });
        // 400 would mean that the request was not good enough to be looked up.
        expect(ownNames.includes(id) ? [200, 202] : [403, 404], `${id} ${one.text}`).toContain(one.status);
        asked += 2;
      }
    }
    console.log(`cross-tenant sweep of /v1: ${operations.length} operations, ${asked} requests`);
  });

  // But for the audit: there blue reads its own questions, with the ids it asked for.
  it('shows nothing of another where it takes no id', async () => {
    const known = Object.entries(ids)
      // Of that name blue has one too by now.
      .flatMap(([kind, values]) =>
        kind === 'secretName' ? ['red-secret-value'] : kind === 'registry' ? ['red-secret-user', 'red-secret-sesame'] : values,
      )
      .filter((id) => id.length > 1);
    const secrets = [...known, red.token.slice(0, 12), 'secret-host', 'secret-operator', engine.url, '"red"'];
    for (const { id, method, path, caller, body } of operations.filter((one) => !one.path.includes('{') && one.id !== 'auditList')) {
      const reply = await call(blue, method, path, body ? {} : undefined);
      if (caller === 'operator') expect(reply.status, id).toBe(403);
      for (const secret of secrets) expect(reply.text, id).not.toContain(secret);
    }
  });

  it('has taken nothing away from the other', async () => {
    for (const kind of ['tokens', 'certificates']) {
      const { items } = JSON.parse((await call(red, 'get', `/v1/tenants/${red.id}/${kind}`)).text);
      expect(items.every((item: { revokedAt: string | null }) => item.revokedAt === null)).toBe(true);
    }
    for (const name of ['red-secret-app', 'red-secret-part']) {
      const { state } = JSON.parse((await call(red, 'get', `/v1/deployments/${name}`)).text);
      expect(state).toBe('active');
    }
    expect(JSON.parse((await call(red, 'get', '/v1/jobs/red-secret-job')).text)).toMatchObject({ state: 'active', lastRun: 1 });
    expect((await red.call('GET', '/_ping')).status).toBe(200);
  });
});
