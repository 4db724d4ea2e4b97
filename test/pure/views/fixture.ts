import { readFileSync } from 'node:fs';
import type { ContainerIdentity } from '../../../src/docker-api/views/container-identity.ts';
import type { ContainerSpec } from '../../../src/domain/container-spec.ts';
import type { EngineContainerInspect } from '../../../src/engine/inspect-types.ts';

/**
 * Documents of a real engine (20.10.24, API 1.41). `web` and `plain` were made by a person with the docker CLI, `web-of-berth` and
 * `plain-of-berth` are the same containers as Berth asks an engine for them.
 */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8')) as T;
}

export function containers(): Record<string, EngineContainerInspect> {
  return fixture('containers');
}

export function container(name: string): EngineContainerInspect {
  const document = containers()[name];
  if (!document) throw new Error(`there is no container ${name} among the fixtures`);
  return document;
}

export const bridgeId = 'b'.repeat(64);
export const frontId = 'f'.repeat(64);

export function specMake(change: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    name: null,
    platform: null,
    image: 'busybox',
    hostname: '',
    domainname: '',
    user: '',
    workingDir: '',
    tty: false,
    openStdin: false,
    stdinOnce: false,
    attachStdin: false,
    attachStdout: false,
    attachStderr: false,
    networkDisabled: false,
    cmd: null,
    entrypoint: null,
    shell: null,
    env: [],
    labels: {},
    exposedPorts: [],
    ports: [],
    publishAllPorts: false,
    proxyProtocol: false,
    stopSignal: '',
    stopTimeoutSeconds: null,
    healthcheck: null,
    mounts: [],
    volumesFrom: [],
    network: { mode: 'networks', endpoints: [{ network: 'bridge', aliases: [], links: [], ipv4: null, ipv6: null }] },
    pidContainer: null,
    ipc: { mode: 'default' },
    isolation: 'default',
    restartPolicy: { name: 'no', maximumRetryCount: 0 },
    autoRemove: false,
    resources: { memoryBytes: 0, memoryReservationBytes: 0, nanoCpus: 0, cpuShares: 0, pidsLimit: 0, shmSizeBytes: 67_108_864 },
    capAdd: [],
    capDrop: [],
    noNewPrivileges: false,
    readonlyRootfs: false,
    init: null,
    extraHosts: [],
    dns: [],
    dnsOptions: [],
    dnsSearch: [],
    groupAdd: [],
    tmpfs: {},
    sysctls: {},
    ulimits: [],
    consoleSize: null,
    oomScoreAdj: 0,
    ...change,
  };
}

/** The request that made `web`. */
function webSpec(): ContainerSpec {
  const volume = { type: 'volume', source: 'data', noCopy: false, subpath: null, labels: {} } as const;
  return specMake({
    image: 'acme/base:1',
    hostname: 'webby',
    workingDir: '/',
    cmd: ['sh', '-c', 'sleep 1000; echo "a b"'],
    env: ['A=b'],
    labels: { app: 'x', empty: '' },
    exposedPorts: ['80/tcp'],
    stopTimeoutSeconds: 3,
    mounts: [
      { ...volume, origin: 'bind', target: '/data', readOnly: true },
      { ...volume, origin: 'mount', target: '/again', readOnly: false },
      { type: 'tmpfs', target: '/t', readOnly: false, sizeBytes: 0, mode: 0 },
    ],
    network: { mode: 'networks', endpoints: [{ network: 'front', aliases: ['w'], links: [], ipv4: null, ipv6: null }] },
    restartPolicy: { name: 'unless-stopped', maximumRetryCount: 0 },
    resources: {
      memoryBytes: 67_108_864,
      memoryReservationBytes: 0,
      nanoCpus: 500_000_000,
      cpuShares: 0,
      pidsLimit: 0,
      shmSizeBytes: 8_388_608,
    },
    capDrop: ['CAP_NET_RAW'],
    noNewPrivileges: true,
    init: true,
    extraHosts: ['db:10.1.1.1'],
    dns: ['9.9.9.9'],
    groupAdd: ['7'],
    tmpfs: { '/scratch': 'size=1m' },
    sysctls: { 'net.ipv4.ip_forward': '0' },
    ulimits: [{ name: 'nofile', soft: 64, hard: 128 }],
  });
}

export function identityMake(engine: EngineContainerInspect, change: Partial<ContainerIdentity> = {}): ContainerIdentity {
  const volumes = (engine.Mounts ?? []).flatMap(({ Name }) => (Name ? [[Name, Name === 'berth-vol-5a5a' ? 'data' : Name] as const] : []));
  return {
    engineId: engine.Id,
    name: 'web',
    image: 'busybox',
    labels: {},
    isolation: 'shared',
    autoRemove: false,
    networks: new Map([
      ['bridge', { name: 'bridge', id: bridgeId, aliases: [] }],
      ['berth-net-bridge-11', { name: 'bridge', id: bridgeId, aliases: ['plain'] }],
      ['front', { name: 'front', id: frontId, aliases: ['w'] }],
      ['berth-net-0b7e2f3c', { name: 'front', id: frontId, aliases: ['w'] }],
    ]),
    volumes: new Map(volumes),
    containerNames: new Map(Object.values(containers()).map(({ Id, Name }) => [Id, Name.slice(1)])),
    ports: [],
    spec: specMake(),
    state: 'known',
    ...change,
  };
}

/** What a person who knows the CLI asked for, and what Berth therefore knows, for each of the plain fixtures. */
export function identityOf(name: string): ContainerIdentity {
  const engine = container(name);
  const web = container('web').Id;
  const specs: Record<string, ContainerSpec> = {
    web: webSpec(),
    'web-of-berth': webSpec(),
    lonely: specMake({ network: { mode: 'none' } }),
    side: specMake({
      network: { mode: 'container', container: 'web' },
      pidContainer: web.slice(0, 12),
      volumesFrom: [{ container: 'store', readOnly: true }],
    }),
    loop: specMake({ restartPolicy: { name: 'always', maximumRetryCount: 0 } }),
    linked: specMake({
      network: { mode: 'networks', endpoints: [{ network: 'bridge', aliases: [], links: ['plain:p'], ipv4: null, ipv6: null }] },
    }),
    store: specMake({
      mounts: [
        { type: 'volume', origin: 'bind', source: 'data', target: '/data', readOnly: false, noCopy: false, subpath: null, labels: {} },
        { type: 'volume', origin: 'config', source: null, target: '/anon', readOnly: false, noCopy: false, subpath: null, labels: {} },
      ],
    }),
  };
  const spec = specs[name] ?? specMake();
  return identityMake(engine, { name: name.replace(/-of-berth$/, ''), image: spec.image, labels: spec.labels, spec });
}

/** Where two documents differ, as `HostConfig.Binds`; `shape` compares keys and types only, and null fits a list or an object. */
export function differences(real: unknown, ours: unknown, compare: 'shape' | 'value', path = ''): string[] {
  if (kind(real) === 'object' && kind(ours) === 'object') {
    const left = real as Record<string, unknown>;
    const right = ours as Record<string, unknown>;
    const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
    return keys.flatMap((key) => {
      const below = path === '' ? key : `${path}.${key}`;
      if (!(key in right)) return [`${below} is missing`];
      if (!(key in left)) return [`${below} is new`];
      return differences(left[key], right[key], compare, below);
    });
  }
  if (compare === 'value') return JSON.stringify(real) === JSON.stringify(ours) ? [] : [path];
  const nullable = (value: unknown, other: unknown) => value === null && ['array', 'object'].includes(kind(other));
  return kind(real) === kind(ours) || nullable(real, ours) || nullable(ours, real)
    ? []
    : [`${path} is a ${kind(ours)}, not a ${kind(real)}`];
}

function kind(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}
