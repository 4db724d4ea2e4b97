import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostTenantsSet } from '../../src/app/host-admin.ts';
import { type HostRow, hostGet } from '../../src/db/store/host.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, type FleetHost, fleetUp } from '../fleet/fleet.ts';
import { type Berth, berthUp, dockerRun, type Tenant, until } from '../harness.ts';
import { wallsOf } from './world.ts';

let fleet: Fleet;
let walled: FleetHost;
let other: FleetHost;
let berth: Berth;
let red: Tenant;

/** Only then can a rule cut a container off from its own network. */
const bridgedFramesAreFiltered = existsSync('/proc/sys/net/bridge');

beforeAll(async () => {
  fleet = await fleetUp({ count: 2, name: 'verify', walls: {} });
  [walled, other] = fleet.hosts as [FleetHost, FleetHost];
  await wallsOf(fleet, other).remove();
  berth = await berthUp({ hosts: fleet.hosts, tenants: ['red', 'blue'], trusted: false });
  red = berth.tenants.red as Tenant;
});
afterAll(async () => {
  await berth?.stop();
  await fleet?.down();
});

async function rowOf(host: FleetHost): Promise<HostRow> {
  const found = berth.server.app.fleet.hosts().find(({ row }) => row.name === host.name);
  return (await hostGet(berth.server.app.system, found?.row.id ?? '')) as HostRow;
}
const probed = (host: FleetHost, walls: HostRow['walls'], since = new Date(0)) =>
  until(async () => {
    const row = await rowOf(host);
    return row.walls === walls && (row.wallsAt ?? since) > since;
  }, 60);

/** Away and back: it is looked at again. Gives the time of the last look before. */
async function comeBack(host: FleetHost): Promise<Date> {
  const before = (await rowOf(host)).wallsAt ?? new Date(0);
  const live = () => berth.server.app.fleet.hosts().find(({ row }) => row.name === host.name)?.watch.live;
  await host.cut();
  await until(() => !live());
  await host.heal();
  await until(() => live() === true);
  return before;
}

describe('a host', () => {
  it('is verified when a probe container did not get through its walls', async () => {
    await probed(walled, 'verified');
    expect((await rowOf(walled)).wallsDetail).toBe('');
  });

  it('has nothing of the probe left on it', async () => {
    await probed(other, 'failed');
    for (const host of fleet.hosts) {
      const left = async () =>
        (await dockerRun(['ps', '-aq', '--filter', 'label=io.berth.probe'], host.dockerHostEnv)).stdout +
        (await dockerRun(['network', 'ls', '-q', '--filter', 'label=io.berth.probe'], host.dockerHostEnv)).stdout;
      await until(async () => (await left()) === '');
    }
  });
});

describe('security', () => {
  it('without walls a host fails, and the operator reads by which ways', async () => {
    await probed(other, 'failed');
    const { wallsDetail } = await rowOf(other);
    expect(wallsDetail).toContain('the host, by the gateway of its bridge');
    expect(wallsDetail).toContain(`the engine of ${walled.name}`);
  });

  it('only a verified host serves a tenant', async () => {
    await red.docker(['load'], { input: await busyboxImageMake() });
    for (let n = 0; n < 4; n++) expect((await red.docker(['create', 'busybox'])).stderr).toBe('');
    const there = await dockerRun(['ps', '-aq'], other.dockerHostEnv);
    expect(there.stdout).toBe('');
  });

  it('a host that comes back without its walls is found out, and takes nobody new', async () => {
    await wallsOf(fleet, walled).remove();
    await probed(walled, 'failed', await comeBack(walled));
    const refused = await red.docker(['create', 'busybox']);
    expect(refused.stderr).toContain('not yet known to keep tenants apart');
    expect(refused.stderr).not.toContain(walled.name);
  });

  it('unless the operator puts the tenant there, and that tenant alone', async () => {
    const { app } = berth.server;
    await hostTenantsSet(app.system, (await rowOf(walled)).id, [red.id]);
    expect((await red.docker(['create', 'busybox'])).stderr).toBe('');
    const blue = await berth.tenants.blue?.docker(['load'], { input: await busyboxImageMake() });
    expect(blue?.stderr).toContain('not yet known to keep tenants apart');
  });

  it.runIf(bridgedFramesAreFiltered)('a probe that reaches nothing at all verifies nothing', async () => {
    await wallsOf(fleet, walled).apply();
    await wallsOf(fleet, walled).iptables('-I', 'DOCKER-USER', '-i', 'br-+', '-j', 'DROP');
    await probed(walled, 'unverified', await comeBack(walled));
    await wallsOf(fleet, walled).iptables('-D', 'DOCKER-USER', '-i', 'br-+', '-j', 'DROP');
  });

  it('and is verified again once they stand', async () => {
    await wallsOf(fleet, walled).apply();
    await probed(walled, 'verified', await comeBack(walled));
  });
});
