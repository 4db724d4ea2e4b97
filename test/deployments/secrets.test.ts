import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { type Berth, berthUp, dockerRun, type Tenant, until } from '../harness.ts';

let fleet: Fleet;
let berth: Berth;
let red: Tenant;
let blue: Tenant;
/** Of a value that nothing but the containers it was given to may ever show. */
const canaries = [canary(), canary(), canary()] as const;
const seen: string[] = [];

function canary(): string {
  return `canary${crypto.randomUUID().replaceAll('-', '')}`;
}

/** One call of `/v1`; what came back is kept for the search. */
async function v1(method: string, path: string, body?: unknown, tenant = red) {
  const reply = await fetch(`http://127.0.0.1:${berth.server.httpPort}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${tenant.token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    body: JSON.stringify(body),
  });
  const text = await reply.text();
  seen.push(text);
  return { status: reply.status, text, json: text.startsWith('{') ? JSON.parse(text) : undefined };
}

/** Tells what it was given by digests: what a program prints of a secret is in its log, and that is nobody's fault but its own. */
const command =
  'for value in "$TOKEN" "$(cat /run/secrets/password)" "$(cat /etc/app/key)"; do printf %s "$value" | sha256sum; done; exec sleep 1000';
const told = (...values: string[]) => values.map((value) => `${createHash('sha256').update(value).digest('hex')}  -\n`).join('');
const spec = {
  ...{ image: 'busybox', command: ['sh', '-c', command], replicas: 1, stopGracePeriod: '1s', user: '1000' },
  update: { monitor: '200ms' },
  secrets: [{ secret: 'token', env: 'TOKEN' }, { secret: 'password' }, { secret: 'key', file: '/etc/app/key', mode: '0444' }],
};

async function replica(revision: number): Promise<string> {
  let id = '';
  await until(async () => {
    const { json } = await v1('GET', '/deployments/web');
    const [only, more] = json.containers as { containerId: string; revision: number; phase: string }[];
    id = only?.containerId ?? '';
    return more === undefined && only?.revision === revision && only.phase === 'ready';
  }, 40).catch(async (error) => {
    throw new Error(`${error}: ${(await v1('GET', '/deployments/web')).text} ${JSON.stringify(berth.log.slice(-5))}`);
  });
  return id;
}

const logOf = async (id: string) => (await red.docker(['logs', id])).stdout;
/** The host's own view, which Berth has no share in. */
const onHost = async (...args: string[]) => (await dockerRun(args, fleet.hosts[0]?.dockerHostEnv ?? {})).stdout;

beforeAll(async () => {
  fleet = await fleetUp({ count: 1, name: 'secrets' });
  berth = await berthUp({ hosts: fleet.hosts });
  ({ red, blue } = berth.tenants as { red: Tenant; blue: Tenant });
  const loaded = await red.call('POST', '/images/load', {
    body: await busyboxImageMake(),
    headers: { 'Content-Type': 'application/x-tar' },
  });
  expect(loaded.status, loaded.text).toBe(200);
});
afterAll(async () => {
  await berth?.stop();
  await fleet?.down();
});

describe('a secret', () => {
  it('is set, given to a container as variable and as files, rotated with a revision, and rolled back with one', async () => {
    expect((await v1('PUT', '/secrets/token', { value: canaries[0] })).json).toMatchObject({ version: 1 });
    expect((await v1('PUT', '/secrets/password', { value: btoa(canaries[1]), encoding: 'base64' })).status).toBe(200);
    expect((await v1('PUT', '/secrets/key', { value: canaries[2] })).status).toBe(200);
    const made = await v1('POST', '/deployments', { name: 'web', spec });
    expect(made.status, made.text).toBe(202);
    const first = await replica(1);
    await until(async () => (await logOf(first)) === told(...canaries));

    const next = canary();
    expect((await v1('PUT', '/secrets/password', { value: next })).json).toMatchObject({ version: 2 });
    expect((await v1('PUT', '/deployments/web', { spec })).status).toBe(202);
    const second = await replica(2);
    await until(async () => (await logOf(second)) === told(canaries[0], next, canaries[2]));
    expect((await v1('POST', '/deployments/web/rollback', { revision: 1 })).status).toBe(202);
    const third = await replica(1);
    await until(async () => (await logOf(third)) === told(...canaries));
    const { items } = (await v1('GET', '/secrets')).json;
    expect(items.find(({ name }: { name: string }) => name === 'password')).toMatchObject({
      versions: [{ version: 2 }, { version: 1 }],
      usedBy: ['web'],
    });
  });

  it('is in no image: a container that has one is not committed', async () => {
    const { status, json } = await red.call('POST', `/commit?container=${await replica(1)}&repo=taken`);
    expect([status, json.message]).toEqual([403, expect.stringContaining('was given secrets')]);
    expect((await red.docker(['images', '-q', 'taken'])).stdout).toBe('');
  });

  it('shows in nothing but the containers it was given to', async () => {
    const id = await replica(1);
    for (const path of [
      '/secrets',
      '/deployments',
      '/deployments/web',
      '/deployments/web/revisions',
      '/deployments/web/revisions/1',
      '/audit',
      '/operations',
      '/me',
    ])
      await v1('GET', path);
    // Errors, too, are made from what was sent.
    await v1('PUT', '/secrets/token', { value: canaries[0], encoding: canaries[0] });
    await v1('PUT', '/secrets/token', { value: `${canaries[0]}!`, encoding: 'base64' });
    await v1('PUT', '/secrets/token', { value: canaries[0].repeat(20_000) });
    for (const args of [
      ['inspect', id],
      ['ps', '-a', '--no-trunc'],
      ['top', id],
      ['volume', 'ls'],
      ['events', '--since', '10m', '--until', '0s'],
      ['diff', id],
    ])
      seen.push((await red.docker(args)).stdout);
    expect(seen.some((text) => text.includes('"Env"'))).toBe(true);
    await berth.server.app.fleet.persist();
    const { db } = berth.server.app;
    const tables = await db.execute<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    for (const { name } of tables) {
      const rows = await db.execute<{ text: string }>(`select row_to_json(t)::text as text from "${name}" t`);
      seen.push(...rows.map(({ text }) => text));
    }
    for (const process of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)))
      seen.push(await readFile(`/proc/${process}/cmdline`, 'utf8').catch(() => ''));
    seen.push(JSON.stringify(berth.log));
    expect(tables.length).toBeGreaterThan(15);
    for (const value of canaries) {
      for (const form of [value, btoa(value), Buffer.from(value).toString('hex')]) {
        const found = seen.find((text) => text.includes(form));
        expect(found?.slice(0, 400)).toBeUndefined();
      }
    }
  });

  it('leaves nothing on the host when its container goes', async () => {
    expect(await onHost('volume', 'ls', '-q')).toContain('berth-secrets-');
    expect(await onHost('ps', '-a', '--format', '{{.Names}}')).not.toContain('berth-secrets-');
    const refused = await v1('DELETE', '/secrets/token');
    expect(refused.json.detail, JSON.stringify(berth.log.slice(-3))).toContain('used by web');
    expect((await v1('DELETE', '/deployments/web')).status).toBe(202);
    await until(async () => (await v1('GET', '/deployments/web')).status === 404, 30);
    expect(await onHost('volume', 'ls', '-q')).not.toContain('berth-secrets-');
    expect((await v1('DELETE', '/secrets/token')).status).toBe(204);
    expect((await v1('DELETE', '/secrets/token')).status).toBe(404);
  });
});

describe('what cannot be', () => {
  it('names a secret that there is not, also when another tenant has it', async () => {
    const made = await v1('POST', '/deployments', { name: 'other', spec: { image: 'busybox', secrets: [{ secret: 'password' }] } }, blue);
    expect(made.status).toBe(422);
    expect(made.json.detail).toContain('no secret "password"');
    expect((await v1('GET', '/secrets', undefined, blue)).json.items).toEqual([]);
  });

  it('says why a value cannot be a variable', async () => {
    await v1('PUT', '/secrets/binary', { value: 'AAECAw==', encoding: 'base64' });
    const binary = { image: 'busybox', command: ['sleep', '1000'], secrets: [{ secret: 'binary', env: 'BINARY' }] };
    expect((await v1('POST', '/deployments', { name: 'binary', spec: binary })).status).toBe(202);
    await until(async () => (await v1('GET', '/deployments/binary')).text.includes('Give it as a file'));
    await v1('DELETE', '/deployments/binary');
    await until(async () => (await v1('GET', '/deployments/binary')).status === 404, 30);
  });
});
