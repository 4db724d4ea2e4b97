import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containerRun, type Wire, wireUp } from '../docker-api/wire-up.ts';
import type { FleetHost } from '../fleet/fleet.ts';
import { until } from '../harness.ts';
import { type Kind, kinds, type Opened } from './kinds.ts';

let wire: Wire;
let host: FleetHost;
beforeAll(async () => {
  wire = await wireUp('streams');
  host = wire.fleet.hosts[0] as FleetHost;
});
afterAll(() => wire?.down());

/** What is not on this stage, and is on that of held.test.ts: a registry, an image larger than what buffers take, and a deployment. */
const absent = ['image pull', 'image push', 'image save', "a deployment's logs", '/v1/events'];
const dependent = kinds.filter(({ name, lost }) => lost !== null && !absent.includes(name));
const lostAs = Object.fromEntries(dependent.map(({ name, lost }) => [name, lost]));
const live = () => until(() => wire.berth.server.app.fleet.hosts().every((one) => one.watch.live), 60);

async function openAll(): Promise<[Kind, Opened][]> {
  // Larger than what buffers take: it is in the middle until somebody reads it.
  const fill = 'dd if=/dev/zero of=/a bs=1M count=64 2>/dev/null; echo ready; exec cat';
  const box = await containerRun(wire.red, ['sh', '-c', fill], { OpenStdin: true });
  const terminal = await containerRun(wire.red, ['cat'], { OpenStdin: true, Tty: true });
  await until(async () => (await wire.red.call('GET', `/containers/${box}/logs?stdout=1`)).text.includes('ready'), 30);
  const { enginePort, httpPort } = wire.berth.server;
  const world = { tenant: wire.red, enginePort, httpPort, box, terminal, deployment: '', registry: '' };
  const opened: [Kind, Opened][] = [];
  // An engine holds a container's lock while it hands out or takes an archive of it: those come last, and each in a container of its own.
  for (const kind of dependent) {
    const own = /archive|export/.test(kind.name) ? await containerRun(wire.red, ['sh', '-c', fill], { OpenStdin: true }) : box;
    if (own !== box) await until(async () => (await wire.red.call('GET', `/containers/${own}/logs?stdout=1`)).text.includes('ready'), 30);
    const stream = await kind.open({ ...world, box: own });
    stream.connection.socket.pause();
    opened.push([kind, stream]);
  }
  return opened;
}

describe('a host', () => {
  it.each(['cut', 'kill', 'pause'] as const)(
    'whose engine is lost by %s ends every stream on it, none as if it were whole',
    async (how) => {
      const opened = await openAll();
      await host[how]();
      const endings = await Promise.all(opened.map(async ([{ name }, stream]) => [name, await stream.ending()] as const));
      expect(Object.fromEntries(endings)).toEqual(lostAs);
      if (how === 'cut') await host.heal();
      if (how === 'kill') await host.start();
      if (how === 'pause') host.resume();
      await live();
    },
  );

  it('that is cut off fails the commands that wait for it', async () => {
    const box = await containerRun(wire.red, ['sleep', '600']);
    const commands = [
      ['wait', box],
      ['attach', '--no-stdin', box],
      ['exec', box, 'sleep', '600'],
      ['logs', '-f', box],
    ];
    const running = commands.map((args) => wire.red.docker(args, { timeoutSeconds: 60 }));
    const begun = () =>
      wire.berth.log.filter(({ path }) => /\/(wait|attach|start|logs)$/.test(String(path)) && String(path).includes(box)).length;
    await until(() => begun() >= 3 && wire.berth.log.some(({ path, status }) => /exec\/.*\/start$/.test(String(path)) && status === 101));
    await host.cut();
    for (const [i, ran] of (await Promise.all(running)).entries()) {
      // 124: only the test's own patience ended it.
      expect([0, 124, 137], `docker ${commands[i]?.[0]}: ${ran.code} ${ran.stderr}`).not.toContain(ran.code);
    }
    await host.heal();
    await live();
  });
});
