import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { BerthError } from '../../domain/errors.ts';
import { namespacedNetworkDown, namespacedNetworkUp } from './namespaced-network.ts';
import { ownershipDuring } from './ownership.ts';
import { conditionMet, processAlive, processCommand, processEnded, processMustRun, processRun, processSignal } from './process.ts';

/** A real Docker Engine in a network namespace of its own: it finds no rule of the machine's, and leaves none there. */
export interface NamespacedEngine {
  /** Names the namespace, the link, the rules, the cgroup and the folder below /run. */
  name: string;
  /** IPv4 address inside the namespace. */
  address: string;
  /** Path of the namespace, for `nsenter --net=`. */
  namespace: string;
  /** Path of its Unix socket, reachable from any namespace. */
  socket: string;
  pid: number;
}

export interface NamespacedEngineOptions {
  /** Images, volumes and containers, the log and what is needed to find the engine again. */
  folder: string;
  /** Listen on port 2376 with client certificates as well. PEM, made once the address is known. */
  tls?: (address: string) => Promise<{ ca: string; cert: string; key: string }>;
  /** More of dockerd's daemon.json: `insecure-registries`, `runtimes`. */
  config?: Record<string, unknown>;
  /** Done in the namespace before the engine starts, and each time it is found running: its network walls. */
  prepare?: (namespace: string) => Promise<void>;
}

/** Brings the engine up, or finds it running. Needs root, dockerd, iproute2 and nsenter. The engine outlives this process. */
export function namespacedEngineUp(options: NamespacedEngineOptions): Promise<NamespacedEngine> {
  return ownershipDuring(options.folder, () => engineUp(options));
}

async function engineUp(options: NamespacedEngineOptions): Promise<NamespacedEngine> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const name = (await nameRead(options.folder)) ?? (await nameMake(options.folder));
  const { address, namespace } = await namespacedNetworkUp(name);
  await options.prepare?.(namespace);
  const socket = join(runFolder(name), 'docker.sock');
  const running = await enginePid(name);
  if (running !== undefined) {
    await readyWait(options.folder, socket, async () => !(await processAlive(running)));
    return { name, address, namespace, socket, pid: running };
  }
  await mkdir(runFolder(name), { recursive: true, mode: 0o700 });
  await pidFilesRemove(name);
  const configFile = await configWrite(options, name, address);
  const logFile = await open(join(options.folder, 'dockerd.log'), 'a', 0o600);
  // `ip netns exec` would hide the cgroup mounts from it; nsenter changes the network alone.
  const command = ['dockerd', `--config-file=${configFile}`, `--pidfile=${pidFile(name)}`];
  const child = spawn('nsenter', [`--net=${namespace}`, ...command], {
    stdio: ['ignore', logFile.fd, logFile.fd],
    detached: true,
  });
  let ended = false;
  child.once('error', () => (ended = true)).once('exit', () => (ended = true));
  child.unref();
  await logFile.close();
  await readyWait(options.folder, socket, async () => ended);
  return { name, address, namespace, socket, pid: child.pid ?? 0 };
}

/**
 * Ends the engine and removes namespace, link, rules, mounts and cgroups. `stop` lets it end its containers and keeps images,
 * volumes and containers for the next start; `remove` kills and leaves nothing.
 */
export function namespacedEngineDown(folder: string, how: 'stop' | 'remove'): Promise<void> {
  return ownershipDuring(folder, () => engineDown(folder, how));
}

async function engineDown(folder: string, how: 'stop' | 'remove'): Promise<void> {
  const name = await nameRead(folder);
  if (name !== undefined) {
    const pid = await enginePid(name);
    if (pid !== undefined) {
      // One that is stopped (SIGSTOP) would never hear of it.
      processSignal(pid, 'SIGCONT');
      processSignal(pid, how === 'stop' ? 'SIGTERM' : 'SIGKILL');
      if (!(await processEnded(pid, 30_000))) processSignal(pid, 'SIGKILL');
    }
    await leftoversKill(name);
    await mountsRemove([folder, runFolder(name)]);
    await namespacedNetworkDown(name);
    await cgroupsRemove(name);
    await rm(runFolder(name), { recursive: true, force: true });
  }
  if (how === 'remove') await rm(folder, { recursive: true, force: true });
}

/** The pid of the engine kept in `folder` while it runs. */
export async function namespacedEnginePid(folder: string): Promise<number | undefined> {
  const name = await nameRead(folder);
  return name === undefined ? undefined : enginePid(name);
}

/** Below /run and short, since a Unix socket's path ends at 107 bytes and containerd makes some of its own in there. */
const runFolder = (name: string) => `/run/${name}`;

const pidFile = (name: string) => join(runFolder(name), 'docker.pid');

async function nameRead(folder: string): Promise<string | undefined> {
  return readFile(join(folder, 'name'), 'utf8').catch(() => undefined);
}

/** Written down before anything is made under it: whatever happens next, it can be found and removed. */
async function nameMake(folder: string): Promise<string> {
  const name = `berth-${randomBytes(4).toString('hex')}`;
  await writeFile(join(folder, 'name'), name);
  return name;
}

async function configWrite(options: NamespacedEngineOptions, name: string, address: string): Promise<string> {
  const run = runFolder(name);
  const hosts = [`unix://${run}/docker.sock`];
  const tlsConfig: Record<string, unknown> = {};
  if (options.tls) {
    const files = await options.tls(address);
    for (const kind of ['ca', 'cert', 'key'] as const) {
      await writeFile(join(options.folder, `${kind}.pem`), files[kind], { mode: 0o600 });
      tlsConfig[`tls${kind === 'ca' ? 'cacert' : kind}`] = join(options.folder, `${kind}.pem`);
    }
    tlsConfig.tlsverify = true;
    hosts.push(`tcp://${address}:2376`);
  }
  const config = {
    hosts,
    ...tlsConfig,
    'data-root': join(options.folder, 'data'),
    'exec-root': join(run, 'exec'),
    // A parent of its own, so that its cgroups can be told from another engine's.
    'cgroup-parent': `/${name}`,
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    ...options.config,
  };
  const file = join(options.folder, 'daemon.json');
  await writeFile(file, JSON.stringify(config, null, 2));
  return file;
}

async function enginePid(name: string): Promise<number | undefined> {
  const pid = Number(await readFile(pidFile(name), 'utf8').catch(() => '0'));
  if (!pid || !(await processAlive(pid))) return undefined;
  return (await processCommand(pid)).includes(`--pidfile=${pidFile(name)}`) ? pid : undefined;
}

/**
 * A killed engine's containerd dies with it, but not at the same instant. A new engine that finds the pid still taken, be it by a
 * zombie, believes in a containerd that will never answer, and gives up after 15 seconds.
 */
async function pidFilesRemove(name: string): Promise<void> {
  const file = join(runFolder(name), 'exec/containerd/containerd.pid');
  const pid = Number(await readFile(file, 'utf8').catch(() => '0'));
  if (pid && !(await processEnded(pid, 2000))) return;
  await rm(file, { force: true });
  await rm(pidFile(name), { force: true });
}

async function readyWait(folder: string, socket: string, hasEnded: () => Promise<boolean>): Promise<void> {
  const ready = await conditionMet(async () => (await hasEnded()) || (await engineAnswers(socket)), 60_000);
  if (ready && !(await hasEnded())) return;
  const words = await readFile(join(folder, 'dockerd.log'), 'utf8').catch(() => '');
  throw new BerthError(
    'unavailable',
    `The Docker Engine did not start. Its log ends with:\n${words.trim().split('\n').slice(-8).join('\n')}`,
  );
}

/** True when an engine answers a ping on this Unix socket. */
export function engineAnswers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', timeout: 2000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.once('timeout', () => ping.destroy());
    ping.once('error', () => resolve(false));
    ping.end();
  });
}

/** Shims, proxies and containers outlive a killed engine. They are known by a path, by the namespace they run in, or by their cgroup. */
async function leftoversKill(name: string): Promise<void> {
  const pids = new Set((await processRun(['ip', 'netns', 'pids', name])).stdout.split(/\s+/));
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    if ((await processCommand(Number(pid))).some((word) => word.startsWith(`${runFolder(name)}/`))) pids.add(pid);
  }
  for (const cgroup of await cgroupFolders(name)) {
    for (const pid of (await readFile(join(cgroup, 'cgroup.procs'), 'utf8').catch(() => '')).split(/\s+/)) pids.add(pid);
  }
  pids.delete('');
  // A frozen container (docker pause) cannot even die.
  for (const cgroup of await cgroupFolders(name)) await writeFile(join(cgroup, 'freezer.state'), 'THAWED').catch(() => undefined);
  for (const pid of pids) processSignal(Number(pid), 'SIGKILL');
  for (const pid of pids) await processEnded(Number(pid), 5000);
}

async function mountsRemove(folders: string[]): Promise<void> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines.map((line) => line.split(' ')[4] ?? '').map((point) => point.replace(/\\040/g, ' '));
  const ours = points.filter((point) => folders.some((folder) => point === folder || point.startsWith(`${folder}/`)));
  // Last mounted, first removed.
  for (const point of ours.reverse()) await processMustRun(['umount', '--lazy', point]);
}

async function cgroupsRemove(name: string): Promise<void> {
  // The deepest first: a cgroup with children cannot be removed.
  for (const folder of (await cgroupFolders(name)).reverse()) {
    // The kernel may need a moment to let go of processes that have just ended.
    await conditionMet(
      () =>
        rmdir(folder).then(
          () => true,
          (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
        ),
      2000,
    );
  }
}

/** Every cgroup of this engine, parents before children, in one hierarchy (version 2) or in each of version 1. */
async function cgroupFolders(name: string): Promise<string[]> {
  const root = '/sys/fs/cgroup';
  const hierarchies = (await readdir(root, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, entry.name));
  const found: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
    if (!entries) return;
    found.push(folder);
    for (const entry of entries) if (entry.isDirectory()) await walk(join(folder, entry.name));
  };
  for (const parent of [root, ...hierarchies]) await walk(join(parent, name));
  return found;
}
