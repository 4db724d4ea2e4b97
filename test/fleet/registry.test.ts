import { afterAll, beforeAll, expect, it } from 'vitest';
import { processRun } from '../../src/runtime/local/process.ts';
import { type Fleet, type FleetHost, fleetUp } from './fleet.ts';
import { registryRange, registryUp } from './registry.ts';

let fleet: Fleet;

beforeAll(async () => {
  fleet = await fleetUp({ count: 2, name: 'registry', insecureRegistries: [registryRange] });
});
afterAll(() => fleet?.down());

it('carries an image from one host to another by its digest, and goes with the fleet', async () => {
  const registry = await registryUp(fleet);
  const [one, two] = fleet.hosts as [FleetHost, FleetHost];
  const docker = (on: FleetHost, ...args: string[]) => processRun(['docker', ...args], { env: { ...process.env, ...on.dockerHostEnv } });
  const name = `${registry.address}/own/busybox:1`;
  await docker(one, 'tag', 'busybox', name);
  const digest = /sha256:[0-9a-f]{64}/.exec((await docker(one, 'push', name)).stdout)?.[0];
  const pulled = await docker(two, 'pull', `${registry.address}/own/busybox@${digest}`);
  expect(pulled.stdout).toContain(`Digest: ${digest}`);
  await fleet.down();
  // The near end of its /30 is the address before.
  const [a, b, c, d] = registry.address.split(/[.:]/).map(Number) as [number, number, number, number];
  expect((await processRun(['ip', '-4', '-o', 'address'])).stdout).not.toContain(` ${a}.${b}.${c}.${d - 1}/30`);
});
