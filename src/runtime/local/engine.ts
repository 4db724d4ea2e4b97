import { readFile, stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type EngineAddress, engineHostsRead } from './engine-hosts.ts';
import { engineAnswers, namespacedEngineDown, namespacedEnginePid, namespacedEngineUp } from './namespaced-engine.ts';
import { conditionMet, processRun } from './process.ts';
import { wallsRaise } from './walls.ts';

const dockerSocket = '/var/run/docker.sock';

/**
 * Finds engines to run containers on, in this order: BERTH_HOSTS; the machine's own Docker; as root, an engine that we start for ourselves,
 * and on Debian or Ubuntu install first. With none, `hosts` is empty and `note` says in one line how to add one.
 * Throws `malformed` for a wrong BERTH_HOSTS. An engine that was started here goes on after this process; `engineStop` ends it.
 */
export async function engineFind(options: {
  /** Berth's data folder; a private engine lives in `engine` below it. */
  dataDir: string;
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
}): Promise<{ hosts: EngineAddress[]; note?: string }> {
  const list = options.env.BERTH_HOSTS?.trim();
  if (list) return { hosts: await engineHostsRead(list) };

  const folder = join(options.dataDir, 'engine');
  // Once started, our own engine stays first: its containers would seem lost if a Docker of the machine's took its place.
  const privateKnown = await stat(join(folder, 'name')).catch(() => undefined);
  if (!privateKnown && (await engineAnswers(dockerSocket))) return { hosts: [{ url: `unix://${dockerSocket}`, name: 'local' }] };

  const how = "Set BERTH_HOSTS to add one: 'unix:///path' or 'tcp://host:port?certs=/folder'.";
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return { hosts: [], note: `No Docker Engine was found, and starting one needs root on Linux. ${how}` };
  }
  if ((await missingPrograms()).length > 0) {
    if (!(await aptSystem()))
      return { hosts: [], note: `No Docker Engine is installed (missing: ${(await missingPrograms()).join(', ')}). ${how}` };
    options.log('No Docker Engine is installed; installing the package docker.io');
    const failure = await packagesInstall();
    if (failure) return { hosts: [], note: `Installing docker.io failed (${failure}). ${how}` };
    // Where an init system runs, the package has just started the machine's own Docker.
    const started = (await stat('/run/systemd/system').catch(() => undefined)) !== undefined;
    if (started && (await conditionMet(() => engineAnswers(dockerSocket), 15_000))) {
      return { hosts: [{ url: `unix://${dockerSocket}`, name: 'local' }] };
    }
  }

  if ((await namespacedEnginePid(folder)) === undefined) options.log('Starting a Docker Engine of our own; npm run stop ends it');
  try {
    const engine = await namespacedEngineUp({ folder, prepare: (namespace) => machineWallsRaise(namespace, folder, options) });
    return { hosts: [{ url: `unix://${engine.socket}`, name: 'local', address: engine.address }] };
  } catch (error) {
    return { hosts: [], note: `A Docker Engine of our own did not start: ${firstLine(error)} ${how}` };
  }
}

/**
 * Around our own engine: what its containers may not reach includes this machine, by any address it has. Where the kernel lacks what the
 * walls are made of, the engine runs without them, and serves no tenant but those that the operator puts there.
 */
async function machineWallsRaise(
  namespace: string,
  folder: string,
  { env, log }: { env: NodeJS.ProcessEnv; log: (line: string) => void },
): Promise<void> {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const fleet = own.filter(({ internal }) => !internal).map(({ address }) => address.replace(/%.*$/, ''));
  const registries = (env.BERTH_REGISTRIES ?? '').split(',').map((name) => name.trim());
  // A name is for the operator to resolve: what it leads to may change under a rule.
  const engineAllow = registries.filter((name) => /^(\d+\.){3}\d+(:\d+)?$/.test(name));
  await wallsRaise(namespace, folder, { fleet, engineAllow }).catch((error) =>
    log(`Our Docker Engine has no network walls: ${firstLine(error)}`),
  );
}

/**
 * Ends the engine that `engineFind` started, its containers too, and removes namespace, link, rules and mounts.
 * Images, volumes and stopped containers stay in the data folder, for the next start. False when there was none.
 */
export async function engineStop(options: { dataDir: string; log: (line: string) => void }): Promise<boolean> {
  const folder = join(options.dataDir, 'engine');
  if (!(await stat(join(folder, 'name')).catch(() => undefined))) return false;
  options.log('Stopping our Docker Engine and its containers');
  await namespacedEngineDown(folder, 'stop');
  return true;
}

/** Programs a private engine needs that this machine lacks. */
async function missingPrograms(): Promise<string[]> {
  const programs = ['dockerd', 'iptables', 'ip', 'nsenter'];
  const found = await Promise.all(programs.map(async (program) => (await processRun([program, '--version'])).code !== 127));
  return programs.filter((_, index) => !found[index]);
}

async function aptSystem(): Promise<boolean> {
  return /debian|ubuntu/i.test(await readFile('/etc/os-release', 'utf8').catch(() => ''));
}

/** Returns what went wrong, or nothing. */
async function packagesInstall(): Promise<string | undefined> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await processRun(['apt-get', 'update', '-qq'], { env });
  const packages = ['docker.io', 'iptables', 'iproute2'];
  const result = await processRun(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
  return result.code === 0 ? undefined : (result.stderr.trim().split('\n').at(-1) ?? 'apt-get failed');
}

function firstLine(error: unknown): string {
  return String((error as Error).message)
    .trim()
    .split('\n')
    .slice(-1)
    .join('');
}
