import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type NamespacedEngine, namespacedEngineDown, namespacedEngineUp } from '../../src/runtime/local/namespaced-engine.ts';
import { namespacedNetworkCut, namespacedNetworkHeal } from '../../src/runtime/local/namespaced-network.ts';
import { type Ownership, ownershipJoin, ownershipTaken } from '../../src/runtime/local/ownership.ts';
import { processEnded, processSignal } from '../../src/runtime/local/process.ts';
import { type WallsSettings, wallsRaise } from '../../src/runtime/local/walls.ts';
import { sandboxRuntime } from '../../src/scheduler/filters/isolation.ts';
import { busyboxImageMake, imageLoad } from './busybox-image.ts';
import { FleetAuthority } from './certificates.ts';
import { registryRemove } from './registry-down.ts';

export interface FleetHost {
  name: string;
  /** IPv4, reachable from this machine and from the other hosts. */
  address: string;
  /** tcp://address:2376 */
  url: string;
  /** Folder with ca.pem, cert.pem and key.pem of a client. */
  certsDir: string;
  /** The same, as PEM. */
  certs: { ca: string; cert: string; key: string };
  /** Path of the network namespace, for `nsenter --net=`. */
  namespace: string;
  /** Unix socket of the engine, good while the host is cut off too. */
  socket: string;
  /** Points the real CLI at this very daemon. */
  dockerHostEnv: Record<string, string>;
  /** A partition: packets vanish, connections hang, nobody is told. */
  cut(): Promise<void>;
  heal(): Promise<void>;
  /** kill -9 of the daemon. */
  kill(): Promise<void>;
  /** The daemon again, with its images and containers. */
  start(): Promise<void>;
  /** SIGSTOP: connections are accepted and never answered. */
  pause(): void;
  resume(): void;
}

export interface Fleet {
  hosts: FleetHost[];
  /** A value for BERTH_HOSTS. */
  berthHosts: string;
  /** Where its state lies. */
  folder: string;
  /** Removes every trace. */
  down(): Promise<void>;
}

export interface FleetOptions {
  count: number;
  /** Tells fleets apart that one process holds at once. */
  name?: string;
  insecureRegistries?: string[];
  /** Raise the network walls of a real host around each engine. */
  walls?: WallsSettings;
  /** Offer gVisor's runtime, for sandboxed containers. */
  sandbox?: boolean;
}

/** Debian's gVisor is older than this kernel may be: its own network stack does not start there, and neither does its KVM platform. */
const sandboxRuntimes = { [sandboxRuntime]: { path: 'runsc', runtimeArgs: ['--network=host', '--platform=ptrace'] } };

const stateFolder = join(import.meta.dirname, '../../.berth');
const fleetsFolder = join(stateFolder, 'fleets');

/**
 * Real engines in network namespaces, listening on TLS, with `busybox:latest` on each. They end with `down`; those of a test process
 * that was killed are removed by the next `fleetUp`. Needs what test/setup/requirements.ts lists under `fleet`.
 */
export async function fleetUp(options: FleetOptions): Promise<Fleet> {
  await deadFleetsRemove();
  const folder = join(fleetsFolder, `${options.name ?? 'fleet'}-${process.pid}-${Date.now().toString(36)}`);
  const ownership = await ownershipJoin(folder, () => undefined);
  return fleetMake(folder, options, ownership);
}

/** The fleet of `npm run fleet`: it outlives this process, and there is one of it in a clone. */
export async function fleetUpDetached(options: FleetOptions): Promise<Fleet> {
  await fleetDownDetached();
  return fleetMake(join(stateFolder, 'fleet'), options);
}

export async function fleetDownDetached(): Promise<void> {
  await fleetRemove(join(stateFolder, 'fleet'));
}

async function fleetMake(folder: string, options: FleetOptions, ownership?: Ownership): Promise<Fleet> {
  const down = async (): Promise<void> => {
    await fleetRemove(folder);
    await ownership?.leave();
  };
  try {
    const authority = await FleetAuthority.create();
    const certs = { ca: authority.ca, ...(await authority.issue()) };
    const certsDir = join(folder, 'client');
    await mkdir(certsDir, { recursive: true, mode: 0o700 });
    for (const kind of ['ca', 'cert', 'key'] as const) await writeFile(join(certsDir, `${kind}.pem`), certs[kind], { mode: 0o600 });
    const image = await busyboxImageMake();
    const { walls } = options;
    const names = Array.from({ length: options.count }, (_, index) => `host-${index + 1}`);
    const hosts = await Promise.all(
      names.map(async (name) => {
        const hostFolder = join(folder, 'hosts', name);
        const up = () =>
          namespacedEngineUp({
            folder: hostFolder,
            tls: async (address) => ({ ca: authority.ca, ...(await authority.issue(address)) }),
            config: {
              ...(options.insecureRegistries && { 'insecure-registries': options.insecureRegistries }),
              ...(options.sandbox && { runtimes: sandboxRuntimes }),
            },
            ...(walls && { prepare: (namespace: string) => wallsRaise(namespace, hostFolder, walls) }),
          });
        const engine = await up();
        await imageLoad(engine.socket, image);
        return hostOf(name, engine, up, certsDir, certs);
      }),
    );
    return { hosts, berthHosts: hosts.map((host) => `${host.url}?certs=${host.certsDir}&name=${host.name}`).join(','), folder, down };
  } catch (error) {
    await down();
    throw error;
  }
}

function hostOf(
  name: string,
  first: NamespacedEngine,
  up: () => Promise<NamespacedEngine>,
  certsDir: string,
  certs: FleetHost['certs'],
): FleetHost {
  let engine = first;
  const url = `tcp://${engine.address}:2376`;
  return {
    name,
    address: engine.address,
    url,
    certsDir,
    certs,
    namespace: engine.namespace,
    socket: engine.socket,
    dockerHostEnv: { DOCKER_HOST: url, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certsDir, DOCKER_BUILDKIT: '0' },
    cut: () => namespacedNetworkCut(engine.name),
    heal: () => namespacedNetworkHeal(engine.name),
    async kill() {
      processSignal(engine.pid, 'SIGKILL');
      if (!(await processEnded(engine.pid, 10_000))) throw new Error(`${name}: the daemon survived kill -9`);
    },
    async start() {
      engine = await up();
    },
    pause: () => processSignal(engine.pid, 'SIGSTOP'),
    resume: () => processSignal(engine.pid, 'SIGCONT'),
  };
}

async function fleetRemove(folder: string): Promise<void> {
  const hosts = await readdir(join(folder, 'hosts')).catch(() => []);
  await Promise.all(hosts.map((host) => namespacedEngineDown(join(folder, 'hosts', host), 'remove')));
  await registryRemove(join(folder, 'registry'));
  await rm(folder, { recursive: true, force: true });
}

/** A living owner holds a lock that the kernel takes from a dead one. */
async function deadFleetsRemove(): Promise<void> {
  for (const name of await readdir(fleetsFolder).catch(() => [])) {
    const folder = join(fleetsFolder, name);
    if (!(await ownershipTaken(folder))) await fleetRemove(folder);
  }
}
