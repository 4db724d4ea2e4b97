import { afterAll, beforeAll, expect, it } from 'vitest';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { type Berth, berthUp, type Tenant } from '../harness.ts';

let fleet: Fleet;
let berth: Berth;
let red: Tenant;

beforeAll(async () => {
  fleet = await fleetUp({ name: 'build-sandbox', count: 1, sandbox: true });
  berth = await berthUp({ hosts: fleet.hosts, tenants: ['red'] });
  red = berth.tenants.red as Tenant;
  await red.docker(['load'], { input: await busyboxImageMake() });
});
afterAll(async () => {
  await berth?.stop();
  await fleet?.down();
});

it('runs the steps of a build in a sandbox, where that is asked for', async () => {
  const input = 'FROM busybox\nWORKDIR /w\nRUN dmesg | head -n 1 > kernel\nCMD ["cat", "/w/kernel"]\n';
  const built = await red.docker(['build', '-t', 'sandboxed', '--label', 'berth.isolation=sandboxed', '-'], { input });
  expect(built.code, built.stdout + built.stderr).toBe(0);
  // gVisor's own kernel says so; the host's would say Linux.
  expect((await red.docker(['run', '--rm', 'sandboxed'])).stdout).toContain('gVisor');
});
