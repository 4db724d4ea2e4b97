import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerEvent, serverEvents } from '../../src/cli/server-events.ts';
import { deploymentWish } from '../../src/db/store/deployment.ts';
import { berthRun } from '../cli/berth/berth-run.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { type Berth, berthUp, type Tenant, until } from '../harness.ts';
import { deploy, readyAwait, replicas, scopeOf, specOf } from './stage.ts';

let fleet: Fleet;
let berth: Berth;
let red: Tenant;
let id: string;

const counting = ['sh', '-c', 'i=0; while :; do i=$((i+1)); echo line $i; [ $((i % 5)) = 0 ] && echo odd $i >&2; sleep 0.1; done'];

beforeAll(async () => {
  fleet = await fleetUp({ count: 2, name: 'logs' });
  berth = await berthUp({ hosts: fleet.hosts, tenants: ['red'] });
  red = berth.tenants.red as Tenant;
  const loaded = await red.call('POST', '/images/load', {
    body: await busyboxImageMake(),
    headers: { 'Content-Type': 'application/x-tar' },
  });
  expect(loaded.status, loaded.text).toBe(200);
  ({ id } = await deploy(berth, red, 'web', specOf({ Cmd: counting, StopTimeout: 0 }, { replicas: 2 })));
  await readyAwait(berth, red, id);
});
afterAll(async () => {
  await berth?.stop();
  await fleet?.down();
});

interface Line {
  replica: string;
  stream: string;
  time: string;
  line: string;
}

/** Reads along until it is ended, as a browser would. */
async function follow(query: string, lastId?: string) {
  const ended = new AbortController();
  const response = await fetch(`http://127.0.0.1:${berth.server.httpPort}/v1/deployments/web/logs?${query}`, {
    headers: { authorization: `Bearer ${red.token}`, ...(lastId && { 'last-event-id': lastId }) },
    signal: ended.signal,
  });
  expect(response.status).toBe(200);
  const events: (ServerEvent & { value: Line })[] = [];
  const done = (async () => {
    for await (const event of serverEvents(response.body as ReadableStream<Uint8Array>))
      events.push({ ...event, value: JSON.parse(event.data) });
  })().catch(() => {});
  return {
    events,
    done,
    async end() {
      ended.abort();
      await done;
    },
  };
}

const names = (events: { value: Line }[]) => new Set(events.map(({ value }) => value.replica));

describe('the logs of a deployment', () => {
  it('are those of all its replicas, each line with its source, and go on where a reader left off', async () => {
    const first = await follow('follow=true');
    await until(() => names(first.events).size === 2 && first.events.some(({ value }) => value.stream === 'stderr'));
    await first.end();
    const second = await follow('follow=true', first.events.at(-1)?.id ?? '');
    await until(() => names(second.events).size === 2 && second.events.length > 10);
    await second.end();
    for (const replica of names(first.events)) {
      const read = [...first.events, ...second.events]
        .filter(({ value }) => value.replica === replica && value.stream === 'stdout')
        .map(({ value }) => value.line);
      expect(read).toEqual(read.map((_, index) => `line ${index + 1}`));
    }
  });

  it('follow replicas that come and leave those that go', async () => {
    const reader = await follow('follow=true&tail=0');
    await until(() => names(reader.events).size === 2);
    await deploymentWish(scopeOf(berth, red), id, null, { replicas: 3 });
    await until(() => names(reader.events).size === 3);
    const newest = [...names(reader.events)].at(-1);
    expect(reader.events.find(({ value }) => value.replica === newest)?.value.line).toBe('line 1');
    await deploymentWish(scopeOf(berth, red), id, null, { replicas: 2 });
    await until(async () => (await replicas(berth, red, 'web')).length === 2);
    await reader.end();
  });

  it('leave no stream of an engine open when the reader goes', async () => {
    const engines = berth.server.app.fleet.hosts().map(({ watch }) => watch.engine);
    let open = 0;
    const originals = engines.map((engine) => engine.stream.bind(engine));
    for (const [index, engine] of engines.entries()) {
      engine.stream = async (call) => {
        const opened = await (originals[index] as typeof engine.stream)(call);
        if (call.path.endsWith('/logs')) {
          open++;
          opened.body.once('close', () => open--);
        }
        return opened;
      };
    }
    const readers = await Promise.all([follow('follow=true'), follow('follow=true&tail=1')]);
    await until(() => open === 4);
    for (const reader of readers) await reader.end();
    await until(() => open === 0);
    for (const [index, engine] of engines.entries()) engine.stream = originals[index] as typeof engine.stream;
  });

  it('end by themselves unless they are followed, and can be cut', async () => {
    const reader = await follow('tail=2');
    await reader.done;
    expect(reader.events).toHaveLength(4);
    const { code, stdout, stderr } = await berthRun(['deployments', 'logs', 'web', '--tail', '1'], {
      BERTH_URL: `http://127.0.0.1:${berth.server.httpPort}`,
      BERTH_TOKEN: red.token,
    });
    expect(code).toBe(0);
    // The last line of a replica is one of its stderr now and then.
    const [out, err] = [stdout, stderr].map((text) => text.split('\n').filter((line) => line !== '')) as [string[], string[]];
    expect([...out, ...err]).toHaveLength(2);
    for (const line of out) expect(line).toMatch(/^web\.\d\.[0-9a-f]{8} \| line \d+$/);
    for (const line of err) expect(line).toMatch(/^web\.\d\.[0-9a-f]{8} \| odd \d+$/);
  });

  it('end with the credential', async () => {
    const made = await fetch(`http://127.0.0.1:${berth.server.httpPort}/v1/tenants/${red.id}/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${red.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'short' }),
    });
    const { id: tokenId, token } = (await made.json()) as { id: string; token: string };
    const owner = red.token;
    red.token = token;
    const reader = await follow('follow=true');
    red.token = owner;
    await until(() => reader.events.length > 0);
    await fetch(`http://127.0.0.1:${berth.server.httpPort}/v1/tenants/${red.id}/tokens/${tokenId}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${owner}` },
    });
    await Promise.race([reader.done, new Promise((_, reject) => setTimeout(() => reject(new Error('still open')), 3_000))]);
  });

  it('say whose lines are left out while a host is away', async () => {
    const [one] = await replicas(berth, red, 'web');
    const host = berth.server.app.fleet.hosts().find(({ row }) => row.id === one?.host);
    const engine = fleet.hosts.find(({ url }) => url === host?.row.url);
    await engine?.cut();
    const reader = await follow('follow=true&tail=0');
    await until(() => reader.events.some(({ type }) => type === 'notice'));
    expect(reader.events.find(({ type }) => type === 'notice')?.data).not.toContain(host?.row.name);
    await engine?.heal();
    await reader.end();
  });
});

describe('what cannot be read', () => {
  it('is said: another id, another deployment', async () => {
    const call = (path: string, headers: object = {}) =>
      fetch(`http://127.0.0.1:${berth.server.httpPort}/v1/deployments/${path}`, {
        headers: { authorization: `Bearer ${red.token}`, ...headers },
      });
    expect((await call('web/logs', { 'last-event-id': 'not one of ours' })).status).toBe(400);
    expect((await call('nothing/logs')).status).toBe(404);
    expect((await call('web/logs?tail=-1')).status).toBe(400);
  });
});
