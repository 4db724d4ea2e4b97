import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContainerSpec } from '../../src/domain/container-spec.ts';
import { BerthError } from '../../src/domain/errors.ts';
import { Engine, EngineError } from '../../src/engine/engine.ts';
import { containerCreateWrite } from '../../src/policy/container-create.write.ts';
import { type Fleet, type FleetHost, fleetUp } from '../fleet/fleet.ts';
import { readText } from '../pure/policy/requests.ts';
import { createBodies } from './create-bodies.ts';
import { containerPowers } from './powers.ts';

// biome-ignore lint/suspicious/noExplicitAny: an engine's document
type Document = any;

const runs = process.env.BERTH_TEST_LONG ? 3000 : 300;
let fleet: Fleet;
let engine: Engine;
let imageId: string;
const containerIds = new Map<string, string>();
const counts = { refused: 0, created: 0, declined: 0 };

beforeAll(async () => {
  fleet = await fleetUp({ count: 1, name: 'understood' });
  engine = new Engine({ url: `unix://${(fleet.hosts[0] as FleetHost).socket}`, tls: null });
  imageId = (await engine.json<{ Id: string }>({ method: 'GET', path: '/images/busybox/json' })).Id;
  const config = [{ Subnet: '100.64.9.0/24' }];
  await engine.json({ method: 'POST', path: '/networks/create', json: { Name: 'engine-lan', Driver: 'bridge', IPAM: { Config: config } } });
  for (const name of ['db', 'web']) {
    const json = { Image: imageId, Cmd: ['true'], HostConfig: { NetworkMode: 'engine-lan', IpcMode: 'shareable' } };
    containerIds.set(name, (await engine.json<{ Id: string }>({ method: 'POST', path: '/containers/create', query: { name }, json })).Id);
  }
});

afterAll(async () => {
  engine?.close();
  await fleet?.down();
});

/** What our writer sends for a spec, as the app would place it on this host. */
function written(spec: ContainerSpec) {
  const { network } = spec;
  const endpoints =
    network.mode === 'networks'
      ? network.endpoints.slice(0, 1).map((endpoint) => ({ ...endpoint, engineNetwork: 'engine-lan', links: [] }))
      : [];
  const networkMode =
    network.mode === 'container' ? `container:${containerIds.get(network.container)}` : network.mode === 'none' ? 'none' : 'engine-lan';
  const volumeNames = new Map(['data', 'more'].map((name) => [name, `engine-${name}`]));
  const placed = {
    imageId,
    labels: { 'io.berth.tenant': 't1' },
    volumeNames,
    networkMode,
    endpoints,
    ports: [],
    containerIds,
    runtime: null,
    apiVersion: engine.apiVersion,
  };
  return containerCreateWrite(spec, placed).body;
}

const units = new Map([
  ['', 1],
  ['k', 2 ** 10],
  ['m', 2 ** 20],
  ['g', 2 ** 30],
]);

/** The options as the kernel is to take them: never without a size, and of two sizes the last. */
function tmpfsMeant(options: string, memoryBytes: number): string {
  let bytes = 0;
  const others: string[] = [];
  for (const option of options.split(',').filter((part) => part !== '')) {
    const [, digits, unit = ''] = /^size=(\d+)(\D?)$/.exec(option) ?? [];
    if (digits === undefined) others.push(option);
    else bytes = Number(digits) * (units.get(unit.toLowerCase()) ?? Number.NaN);
  }
  return [...others, `size=${bytes || memoryBytes}`].join(',');
}

/** What the daemon made of it against what the spec means, field by field. */
function expectUnderstood(document: Document, spec: ContainerSpec): void {
  expect(containerPowers(document, (name) => name === 'engine-lan' || /^[0-9a-f]{64}$/.test(name))).toEqual([]);
  const { Config: config, HostConfig: host } = document;
  const { resources } = spec;
  expect(host).toMatchObject({
    Privileged: false,
    ReadonlyRootfs: spec.readonlyRootfs,
    AutoRemove: false,
    Memory: resources.memoryBytes,
    MemorySwap: resources.memoryBytes,
    NanoCpus: resources.nanoCpus,
    CpuShares: resources.cpuShares,
    PidsLimit: resources.pidsLimit,
    ShmSize: resources.shmSizeBytes,
    OomScoreAdj: spec.oomScoreAdj,
    RestartPolicy: { Name: spec.restartPolicy.name, MaximumRetryCount: spec.restartPolicy.maximumRetryCount },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
  });
  const bare = (names: string[] | null) => (names ?? []).map((name) => name.replace(/^CAP_/, '')).sort();
  expect(bare(host.CapAdd)).toEqual(bare(spec.capAdd));
  expect(bare(host.CapDrop)).toEqual(bare(spec.capDrop));
  expect(host.Sysctls ?? {}).toEqual(spec.sysctls);
  expect(host.Tmpfs ?? {}).toEqual(
    Object.fromEntries(Object.entries(spec.tmpfs).map(([path, options]) => [path, tmpfsMeant(options, resources.memoryBytes)])),
  );
  expect(host.PidMode).toBe(spec.pidContainer === null ? '' : `container:${containerIds.get(spec.pidContainer)}`);
  for (const [name, value] of Object.entries(spec.labels)) expect(config.Labels[name]).toBe(value);
  for (const entry of spec.env) expect(config.Env).toContain(entry);
  if (spec.cmd !== null && spec.entrypoint === null) expect(config.Cmd).toEqual(spec.cmd);
  if (spec.entrypoint !== null && spec.entrypoint.join('') !== '') expect(config.Entrypoint).toEqual(spec.entrypoint);
  expect(config.User).toBe(spec.user);
  expect(config.Labels['io.berth.tenant']).toBe('t1');
  const sources = document.Mounts.filter(({ Type }: Document) => Type === 'volume').map(({ Name }: Document) => Name);
  for (const name of sources) expect(name).toMatch(/^(engine-(data|more)|[0-9a-f]{64})$/);
}

async function check(body: string): Promise<void> {
  let request: ReturnType<typeof written>;
  let spec: ContainerSpec;
  try {
    spec = readText(body);
    request = written(spec);
  } catch (error) {
    // `internal`: a name that the app would have looked up first, and not found.
    if (!(error instanceof BerthError)) throw error;
    expect(['refused', 'malformed', 'too_large', 'internal']).toContain(error.code);
    counts.refused++;
    return;
  }
  let id: string;
  try {
    id = (await engine.json<{ Id: string }>({ method: 'POST', path: '/containers/create', json: request })).Id;
  } catch (error) {
    // What a daemon itself calls wrong did nothing; what it cannot do is a fault of ours.
    if (!(error instanceof EngineError)) throw error;
    expect([400, 409], `${error.message} ${body}`).toContain(error.status);
    counts.declined++;
    return;
  }
  try {
    expectUnderstood(await engine.json({ method: 'GET', path: `/containers/${id}/json` }), spec);
    counts.created++;
  } finally {
    await engine.json({ method: 'DELETE', path: `/containers/${id}`, query: { force: true, v: true } });
  }
}

describe('what a real daemon understands of what Berth sends', () => {
  it('holds no power that the policy refuses, and is what the request meant', async () => {
    await fc.assert(fc.asyncProperty(createBodies, check), { numRuns: runs, endOnFailure: true });
    expect(counts.created).toBeGreaterThan(runs / 4);
    expect(counts.refused).toBeGreaterThan(runs / 10);
    console.log(`a daemon understood ${counts.created} creates as meant, declined ${counts.declined}; ${counts.refused} never reached it`);
  });
});
