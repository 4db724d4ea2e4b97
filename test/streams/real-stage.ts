import { randomBytes } from 'node:crypto';
import { readdir, readlink } from 'node:fs/promises';
import { tarHeader } from '../docker-api/tar-file.ts';
import { containerRun } from '../docker-api/wire-up.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, type FleetHost, fleetUp } from '../fleet/fleet.ts';
import { until } from '../harness.ts';
import { type Kind, keptIn, type Opened, realKinds } from './kinds.ts';
import { type ServerStage, serverStageUp } from './server-stage.ts';
import { connectionRows } from './stage.ts';

const MiB = 1024 * 1024;
/** Larger than what buffers take on the way: it is in the middle until somebody reads it. */
const largeBytes = 64 * MiB;

/** A server process before one real engine, whose streams are all in the middle. */
export interface RealStage {
  fleet: Fleet;
  host: FleetHost;
  stage: ServerStage;
  /** Every kind, in the middle of its stream; each is in `opened` as soon as it is. */
  openAll(opened: [Kind, Opened][]): Promise<void>;
  /** Waits until the server holds nothing for any client: no stream, no connection, no layer, no file, and none of a build's containers. */
  settled(): Promise<void>;
  down(): Promise<void>;
}

export async function realStageUp(name: string): Promise<RealStage> {
  const fleet = await fleetUp({ name, count: 1 });
  const [host] = fleet.hosts as [FleetHost];
  const stage = await serverStageUp(fleet.berthHosts, { load: await busyboxImageMake() });
  const { tenant, world, registry } = stage;
  // What cannot be compressed: a push sends as much as there is.
  const body = Buffer.concat([tarHeader('large', largeBytes), randomBytes(largeBytes), Buffer.alloc(1024)]);
  const kept = await tenant.call('POST', `/images/create?fromSrc=-&repo=${keptIn(registry.address)}&tag=latest`, { body });
  if (kept.status !== 200) throw new Error(kept.text);
  await stage.deploy();

  const said = (id: string, word: string) =>
    until(async () => (await tenant.call('GET', `/containers/${id}/logs?stdout=1`)).text.includes(word), 60);
  const filled = async () => {
    const id = await containerRun(tenant, ['sh', '-c', 'dd if=/dev/zero of=/a bs=1M count=64 2>/dev/null; echo filled; exec cat'], {
      OpenStdin: true,
    });
    await said(id, 'filled');
    return id;
  };
  // An engine holds a container's lock while it hands out or takes an archive of it: each of those has a container of its own.
  const own = new Map<Kind, string>();
  for (const kind of realKinds) if (/archive|export/.test(kind.name)) own.set(kind, await filled());
  const known = new Set([world.box, world.terminal, ...own.values()]);

  const held = async () => {
    const counts = [...(await stage.metrics()).matchAll(/^berth_streams_open\{.*\} (\d+)$/gm)];
    const listed = (await tenant.call('GET', '/containers/json?all=1')).json as { Id: string; Names: string[] }[];
    return {
      streams: counts.reduce((sum, [, count]) => sum + Number(count), 0),
      clients: (await connectionRows(world.enginePort)).length + (await connectionRows(world.httpPort)).length,
      layers: registry.underWay().length,
      spools: await filesUnnamed(stage.server.pid()),
      containers: listed.filter(({ Id, Names }) => !known.has(Id) && !/^\/said\./.test(Names[0] ?? '')).length,
    };
  };
  return {
    ...{ fleet, host, stage },
    async openAll(opened) {
      // The host may just have come back.
      await until(async () => (await tenant.call('GET', `/containers/${world.box}/top`)).status === 200, 120);
      for (const kind of realKinds) opened.push([kind, await kind.open({ ...world, box: own.get(kind) ?? world.box })]);
      await until(() => registry.underWay().sort().join() === 'GET,PATCH', 60);
    },
    async settled() {
      let last = {};
      const nothing = async () => {
        const now = await held();
        last = now;
        return Object.values(now).every((count) => count === 0);
      };
      await until(nothing, 60).catch(() => {
        throw new Error(`still held: ${JSON.stringify(last)}`);
      });
    },
    async down() {
      await stage.down();
      await fleet.down();
    },
  };
}

/** Files that a process has open and that have no name any more: spools. */
async function filesUnnamed(pid: number): Promise<number> {
  const folder = `/proc/${pid}/fd`;
  const targets = await Promise.all((await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return targets.filter((target) => target.endsWith(' (deleted)')).length;
}
