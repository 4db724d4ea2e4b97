import { access, constants, readFile } from 'node:fs/promises';
import { processRun } from '../../src/runtime/local/process.ts';

interface Requirement {
  /** The program, looked for in PATH and in the folders of root; or a file by its whole path. */
  program: string;
  /** Debian package that has it. */
  package: string;
}

const engine: Requirement[] = [
  { program: 'dockerd', package: 'docker.io' },
  { program: 'iptables', package: 'iptables' },
  { program: 'ip', package: 'iproute2' },
  { program: 'nsenter', package: 'util-linux' },
  { program: 'busybox', package: 'busybox-static' },
];
/** From Debian 13 on, docker.io comes without the command. */
const cli: Requirement = { program: 'docker', package: 'docker-cli' };
const bzip2: Requirement = { program: 'bzip2', package: 'bzip2' };
const xz: Requirement = { program: 'xz', package: 'xz-utils' };
const sandbox: Requirement = { program: 'runsc', package: 'runsc' };
const haproxy: Requirement = { program: 'haproxy', package: 'haproxy' };
const compose: Requirement = { program: 'docker-compose', package: 'docker-compose' };
/** Debian's own, whatever Python comes first in PATH. */
const dockerPy: Requirement = { program: '/usr/lib/python3/dist-packages/docker/__init__.py', package: 'python3-docker' };
const registry: Requirement = { program: 'docker-registry', package: 'docker-registry' };

/** What each suite needs beyond Node and npm. A suite that is not named needs nothing. */
const needs: Record<string, Requirement[]> = {
  fleet: [...engine, cli, registry],
  contract: engine,
  wire: [...engine, registry],
  cli: [...engine, cli, registry],
  clients: [...engine, cli, compose, dockerPy, registry],
  comparison: [...engine, cli, registry],
  build: [...engine, cli, bzip2, xz],
  edge: [...engine, cli],
  crash: engine,
  walls: [...engine, cli, sandbox],
  escape: engine,
  streams: [...engine, cli],
  bench: [...engine, cli, haproxy],
};

/** What this machine lacks for the suite, in words; empty when it can run. */
export async function requirementsMissing(suite: string): Promise<string[]> {
  const wanted = needs[suite];
  if (!wanted) return [];
  const missing = (await programsMissing(wanted)).map((requirement) => `${requirement.program} (package ${requirement.package})`);
  if (process.platform !== 'linux') missing.unshift('Linux');
  else if (process.getuid?.() !== 0) missing.unshift('root, for network namespaces');
  return missing;
}

/** Installs what the suites lack, as root on Debian or Ubuntu; elsewhere it does nothing, and `requirementsMissing` tells. */
export async function requirementsInstall(suites: string[]): Promise<void> {
  if (process.getuid?.() !== 0 || !/debian/i.test(await osRelease())) return;
  const missing = await programsMissing(suites.flatMap((suite) => needs[suite] ?? []));
  if (missing.length === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  console.log(`Installing ${missing.map((requirement) => requirement.package).join(', ')}`);
  await processRun(['apt-get', 'update', '-qq'], { env });
  for (const requirement of missing) {
    const install = (name: string) => processRun(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', name], { env });
    const result = await install(requirement.package);
    // Debian 12 has the command in docker.io, and no package of that name.
    if (result.code !== 0 && requirement !== cli) console.error(result.stderr.trim());
  }
}

async function programsMissing(wanted: Requirement[]): Promise<Requirement[]> {
  const missing = new Set<Requirement>();
  for (const requirement of wanted) if (!(await programFound(requirement.program))) missing.add(requirement);
  return [...missing];
}

async function programFound(program: string): Promise<boolean> {
  if (program.startsWith('/'))
    return readFile(program).then(
      () => true,
      () => false,
    );
  for (const folder of [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/bin']) {
    const file = `${folder}/${program}`;
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found && (program !== 'busybox' || !(await linkedDynamically(file)))) return true;
  }
  return false;
}

/**
 * The package busybox has a busybox too, but that one needs libraries which no image of ours has.
 * A program that wants a loader names it right behind its ELF headers.
 */
async function linkedDynamically(file: string): Promise<boolean> {
  return (await readFile(file)).subarray(0, 4096).includes('ld-linux');
}

function osRelease(): Promise<string> {
  return readFile('/etc/os-release', 'utf8').catch(() => '');
}
