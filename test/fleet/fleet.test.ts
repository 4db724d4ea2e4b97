import { fork } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conditionMet, processRun } from '../../src/runtime/local/process.ts';
import { type Fleet, type FleetHost, fleetUp } from './fleet.ts';

let fleet: Fleet;
let host: FleetHost;
let other: FleetHost;

beforeAll(async () => {
  fleet = await fleetUp({ count: 2, name: 'self' });
  [host, other] = fleet.hosts as [FleetHost, FleetHost];
});
afterAll(() => fleet?.down());

function docker(on: FleetHost, ...args: string[]) {
  return dockerFor(30, on, ...args);
}
/** Ends with 124 what has no end within so many seconds. */
function dockerFor(seconds: number, on: FleetHost, ...args: string[]) {
  return processRun(['timeout', '-k', '1', String(seconds), 'docker', ...args], { env: { ...process.env, ...on.dockerHostEnv } });
}
const answers = async (on: FleetHost) => (await docker(on, 'version')).code === 0;
const hangs = async (on: FleetHost) => (await dockerFor(3, on, 'version')).code === 124;

/** What the machine knows of this namespace, anywhere. */
async function traces(name: string): Promise<string> {
  const commands = [
    ['ip', 'netns'],
    ['ip', 'link'],
    ['iptables-save'],
    ['cat', '/proc/mounts'],
    ['ls', '/run', '/sys/fs/cgroup', '/sys/fs/cgroup/pids'],
  ];
  const texts = await Promise.all(commands.map(async (command) => (await processRun(command)).stdout));
  const lines = texts.join('\n').split('\n');
  return lines.filter((line) => line.includes(name)).join('\n');
}
const nameOf = (on: FleetHost) => on.namespace.split('/').at(-1) ?? '';

describe('a fleet', () => {
  it('runs containers by the real CLI, and its hosts reach each other', async () => {
    expect(await docker(host, 'run', '--rm', 'busybox', 'echo', 'hi')).toEqual({ code: 0, stdout: 'hi\n', stderr: '' });
    await docker(other, 'run', '-d', '--name', 'web', '-p', '8080:80', 'busybox', 'httpd', '-f', '-h', '/etc');
    const got = () => docker(host, 'run', '--rm', 'busybox', 'wget', '-qO-', `http://${other.address}:8080/group`);
    // A server listens a moment after its container has started.
    expect(await conditionMet(async () => (await got()).stdout.includes('root:x:0'), 10_000)).toBe(true);
  });

  it('has one image id everywhere', async () => {
    const ids = await Promise.all(fleet.hosts.map(async (on) => (await docker(on, 'images', '-q', '--no-trunc')).stdout));
    expect(ids[0]).toMatch(/^sha256:/);
    expect(new Set(ids).size).toBe(1);
  });

  it('a host that is cut off hangs, and answers again when it is healed', async () => {
    await host.cut();
    expect(await hangs(host)).toBe(true);
    await host.heal();
    expect(await answers(host)).toBe(true);
  });

  it('a killed daemon refuses, and comes back with its containers', async () => {
    await docker(host, 'create', '--name', 'kept', 'busybox');
    await host.kill();
    expect((await docker(host, 'version')).stderr).toContain('Cannot connect');
    await host.start();
    expect((await docker(host, 'ps', '-a', '--format', '{{.Names}}')).stdout).toBe('kept\n');
  });

  it('a paused daemon accepts and never answers', async () => {
    host.pause();
    expect(await hangs(host)).toBe(true);
    host.resume();
    expect(await conditionMet(() => answers(host), 10_000)).toBe(true);
  });
});

describe('security', () => {
  it('wants a client certificate of this fleet', async () => {
    const answer = await processRun(['curl', '-sk', '-m', '5', `https://${host.address}:2376/_ping`]);
    expect(answer.code).not.toBe(0);
  });
});

describe('no trace remains', () => {
  it('of a fleet that went down with a running, a paused and a frozen thing in it', async () => {
    const gone = await fleetUp({ count: 1, name: 'gone' });
    const [only] = gone.hosts as [FleetHost];
    await docker(only, 'run', '-d', '--restart', 'always', '--name', 'running', 'busybox', 'sleep', '1000');
    await docker(only, 'run', '-d', '--name', 'frozen', 'busybox', 'sleep', '1000');
    await docker(only, 'pause', 'frozen');
    only.pause();
    expect(await traces(nameOf(only))).not.toBe('');
    await gone.down();
    expect(await traces(nameOf(only))).toBe('');
    expect(await processesOf(nameOf(only))).toEqual([]);
  });

  it('of the fleet of a killed process, once the next fleet is up', async () => {
    const child = fork(join(import.meta.dirname, 'fleet-holder.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const name = String(await new Promise((resolve) => child.once('message', resolve)));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(await traces(name)).not.toBe('');
    const next = await fleetUp({ count: 0, name: 'next' });
    await next.down();
    expect(await traces(name)).toBe('');
    expect(await processesOf(name)).toEqual([]);
  });
});

/** Pids of engines, containerds and shims: all of them carry the name in their command line. */
async function processesOf(name: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(name)) found.push(pid);
  }
  return found;
}
