import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverEvents } from '../../src/cli/server-events.ts';
import { tenantScope } from '../../src/db/scope.ts';
import { eventsPrune } from '../../src/db/store/event.ts';
import { fleetUp } from '../fleet/fleet.ts';
import { until } from '../harness.ts';
import { liveDocker } from './live.ts';
import { type Client, type Stage, stageOn } from './stage.ts';

let stage: Stage;
let red: Client;
const format = '{{.Action}} {{.Actor.Attributes.name}}';

beforeAll(async () => {
  stage = await stageOn(await fleetUp({ count: 2, name: 'cli-events' }));
  red = stage.red;
});
afterAll(async () => {
  await stage?.down();
});

const rest = (path: string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(`http://127.0.0.1:${stage.berth.server.httpPort}/v1/events${path}`, {
    headers: { authorization: `Bearer ${red.token}`, ...headers },
    signal,
  });

describe('docker events', () => {
  it('tells what happens, on all hosts, in the words of the tenant', async () => {
    const events = liveDocker(red.env, 'events', '--format', format);
    const json = liveDocker(red.env, 'events', '--format', 'json', '--filter', 'event=die', '--filter', 'label=tier=web');
    // It says nothing until something happens.
    await until(async () => {
      await red.out('run', '--rm', '--name', `probe-${Date.now()}`, 'busybox', 'true');
      return events.text.includes('destroy probe-');
    });
    await red.out(
      'run',
      '-d',
      '--name',
      'web',
      '--label',
      'tier=web',
      '--health-cmd',
      'echo secret-probe',
      '--health-interval',
      '1s',
      'busybox',
      'sleep',
      '1000',
    );
    await events.saw('health_status: healthy web');
    await red.out('exec', 'web', 'echo', 'secret-word');
    await events.saw('exec_die web');
    await red.out('rename', 'web', 'web2');
    await red.out('pause', 'web2');
    await red.out('unpause', 'web2');
    await red.out('kill', 'web2');
    await events.saw('die web2');
    await red.out('rm', 'web2');
    await events.saw('destroy web2');
    const own = events.text.split('\n').filter((line) => / web2?$/.test(line));
    expect(own).toEqual([
      ...['create web', 'start web', 'health_status: healthy web', 'exec_create web', 'exec_start web', 'exec_die web'],
      ...['rename web2', 'pause web2', 'unpause web2', 'kill web2', 'die web2', 'destroy web2'],
    ]);
    expect(events.text).not.toContain('secret');
    await json.saw('"exitCode":"137"');
    const [line = ''] = json.text.trim().split('\n');
    expect(JSON.parse(line)).toMatchObject({
      status: 'die',
      from: 'busybox',
      Type: 'container',
      Action: 'die',
      scope: 'local',
      Actor: { Attributes: { tier: 'web', image: 'busybox', name: 'web2' } },
    });
    expect(json.text).not.toMatch(/io\.berth|berth-/);
    for (const live of [events, json]) {
      live.signal('SIGINT');
      await live.ended;
    }
  });

  it('reads a time that is over, and ends', async () => {
    const out = await red.out(
      'events',
      '--since',
      '10m',
      '--until',
      // What happened in this very second is meant too.
      String(Math.ceil(Date.now() / 1000)),
      '--filter',
      'container=web2',
      '--filter',
      'event=destroy',
      '--format',
      format,
    );
    expect(out).toBe('destroy web2');
    expect(await stage.blue.out('events', '--since', '10m', '--until', '0s', '--format', format)).toBe('load busybox:latest');
  });
});

describe('events of images, networks and volumes', () => {
  /** What was told since, as `type action name`, filtered. */
  const since = async (start: number, ...filters: string[]) =>
    (
      await red.out(
        ...['events', '--since', String(start), '--until', String(Math.ceil(Date.now() / 1000))],
        ...['--format', '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}', ...filters.flatMap((filter) => ['--filter', filter])],
      )
    ).split('\n');

  it('are told in Docker’s words, and found by its filters', async () => {
    const start = Date.now() / 1000;
    await red.out('network', 'create', 'app');
    await red.out('volume', 'create', 'data');
    await red.out('tag', 'busybox', 'mine:1');
    await red.out('run', '--name', 'member', '--network', 'app', '-v', 'data:/data', 'mine:1', 'true');
    await red.out('run', '-d', '--name', 'guest', 'busybox', 'sleep', '1000');
    await red.out('update', '--cpu-shares', '100', 'guest');
    await red.out('top', 'guest');
    await red.out('cp', 'guest:/etc/group', '-');
    await red.call('GET', '/v1.47/images/mine:1/get');
    await red.out('rm', '-f', 'guest', 'member');
    await red.out('rmi', 'mine:1');
    await red.out('volume', 'rm', 'data');
    await red.out('network', 'rm', 'app');
    await red.out('container', 'prune', '-f');
    await until(async () => (await since(start, 'event=destroy', 'type=container')).length === 2);
    expect(await since(start, 'type=network')).toEqual([
      ...['network create app', 'network connect app', 'network disconnect app', 'network connect bridge', 'network disconnect bridge'],
      'network destroy app',
    ]);
    expect(await since(start, 'network=app')).toHaveLength(4);
    const volumes = await red.out(
      ...['events', '--since', String(start), '--until', String(Math.ceil(Date.now() / 1000))],
      ...['--filter', 'volume=data', '--format', '{{.Action}} {{.Actor.ID}}'],
    );
    expect(volumes.split('\n')).toEqual(['create data', 'mount data', 'unmount data', 'destroy data']);
    expect(await since(start, 'type=image')).toEqual([
      'image tag mine:1',
      'image save mine:1',
      expect.stringMatching(/^image untag sha256:/),
    ]);
    expect(await since(start, 'image=mine')).toEqual(
      expect.arrayContaining(['image tag mine:1', 'container create member', 'container die member']),
    );
    expect(await since(start, 'container=guest', 'type=container')).toEqual([
      ...['container create guest', 'container start guest', 'container update guest', 'container top guest'],
      ...['container archive-path guest', 'container kill guest', 'container die guest', 'container destroy guest'],
    ]);
    expect(await since(start, 'event=prune')).toEqual(['container prune <no value>']);
    expect(await since(start, 'daemon=x')).toEqual(['']);
    expect(await since(start, 'scope=swarm')).toEqual(['']);
    expect(await stage.blue.out('events', '--since', String(start), '--until', '0s')).toBe('');
  });

  it('an unknown filter is refused', async () => {
    expect(await red.fails('events', '--until', '0s', '--filter', 'weather=fine')).toContain("invalid filter 'weather'");
  });
});

describe('/v1/events', () => {
  it('are read page by page, and followed from where a reader left off', async () => {
    const first = (await (await rest('?limit=2&action=start,die')).json()) as { items: { id: string; action: string }[]; next: string };
    expect(first.items.map(({ action }) => action)).toEqual(['start', 'die']);
    const ended = new AbortController();
    const stream = await rest(
      '?action=start,die',
      { accept: 'text/event-stream', 'last-event-id': first.items[1]?.id ?? '' },
      ended.signal,
    );
    const second = (await (await rest(`?limit=200&action=start,die&cursor=${first.next}`)).json()) as { items: { id: string }[] };
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { id } of serverEvents(stream.body as ReadableStream<Uint8Array>)) seen.push(id ?? '');
    })().catch(() => {});
    await until(() => seen.length === second.items.length);
    expect(seen).toEqual(second.items.map(({ id }) => id));
    await red.out('run', '--rm', '--name', 'late', 'busybox', 'true');
    await until(() => seen.length === second.items.length + 2);
    ended.abort();
    await reading;
  });

  it('are gone when they are too old, and that is said', async () => {
    await eventsPrune(stage.berth.server.app.system, 0);
    const late = await rest('', { accept: 'text/event-stream', 'last-event-id': '1' });
    expect(late.status).toBe(410);
    expect((await rest('', { accept: 'text/event-stream', 'last-event-id': 'x' })).status).toBe(400);
  });

  it('belong to a tenant, also to the database', async () => {
    const { app } = stage.berth.server;
    await red.out('run', '--rm', 'busybox', 'true');
    const blue = tenantScope(app.db, stage.blue.id);
    const rows = await blue.db.execute<{ count: string }>('select count(*) from event');
    expect(rows[0]?.count).toBe('0');
  });
});
