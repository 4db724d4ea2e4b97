import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProcessResult, processMustRun, processRun } from '../../src/runtime/local/process.ts';
import { wallsScript } from '../../src/runtime/package.ts';
import type { Fleet, FleetHost } from '../fleet/fleet.ts';
import { until } from '../harness.ts';

/** A server in a namespace and what has reached it. */
export interface Listener {
  /** `address path` of each request. */
  hits: string[];
  stop(): void;
}

/** What lies beyond the hosts: a namespace with addresses of the internet, and others that nobody should reach. */
export interface World {
  /** A public address, and one over IPv6. */
  internet: string;
  internet6: string;
  /** Addresses that it answers to, for containers of the first host. */
  tenants6: string;
  /** Everything in it listens on ports 80 and 5000. */
  listener: Listener;
  namespace: string;
}

export const metadata = '169.254.169.254';
export const metadata6 = 'fd00:ec2::254';
/** One address in each private range, and a public one of the fleet's own. */
export const fleetPublic = '203.0.113.66';
export const forbidden = ['10.66.0.1', '172.20.66.1', '192.168.66.1', '100.126.66.1', '198.18.66.1', fleetPublic];

const internet = '203.0.113.10';
const tenants6 = 'fd11:66::/64';
const internet6 = '2001:db8:f::10';

/**
 * Ends with the fleet: its namespace is noted where the fleet keeps those of its hosts. Nothing in it is routed beyond it,
 * so whatever gets out of a host in a test ends there.
 */
export async function worldUp(fleet: Fleet): Promise<World> {
  const name = `berth-${randomBytes(4).toString('hex')}`;
  await mkdir(join(fleet.folder, 'hosts/world'), { recursive: true });
  await writeFile(join(fleet.folder, 'hosts/world/name'), name);
  await processMustRun(['ip', 'netns', 'add', name]);
  const namespace = `/run/netns/${name}`;
  const world = (...command: string[]) => processMustRun(['ip', '-n', name, ...command]);
  await world('link', 'set', 'lo', 'up');
  const ipv4 = [internet, metadata, ...forbidden];
  const ipv6 = [internet6, metadata6];
  for (const address of ipv4) await world('address', 'add', `${address}/32`, 'dev', 'lo');
  for (const address of ipv6) await world('address', 'add', `${address}/128`, 'dev', 'lo', 'nodad');
  for (const [index, host] of fleet.hosts.entries()) {
    const hostName = host.namespace.split('/').at(-1) ?? '';
    const inside = (...command: string[]) => processMustRun(['ip', '-n', hostName, ...command]);
    await inside('link', 'add', 'world', 'type', 'veth', 'peer', 'name', `host${index}`, 'netns', name);
    for (const [run, link, end] of [
      [inside, 'world', 1],
      [world, `host${index}`, 2],
    ] as const) {
      await run('link', 'set', link, 'up');
      await run('address', 'add', `198.51.100.${4 * index + end}/30`, 'dev', link);
      await run('address', 'add', `2001:db8:${index}::${end}/64`, 'dev', link, 'nodad');
    }
    for (const address of ipv4) await inside('route', 'add', address, 'via', `198.51.100.${4 * index + 2}`);
    for (const address of ipv6) await inside('-6', 'route', 'add', address, 'via', `2001:db8:${index}::2`);
  }
  await world('-6', 'route', 'add', tenants6, 'via', '2001:db8:0::1');
  const listener = await listen(
    namespace,
    ['80', '5000'].map((port) => `:::${port}`),
  );
  return { internet, internet6, tenants6, listener, namespace };
}

/** An HTTP server on each `address:port`, as root of the namespace. */
export function listen(namespace: string, addresses: string[]): Promise<Listener> {
  return program(namespace, 'http-child.ts', addresses);
}

/** Answers for the machine's own DNS servers, whose addresses this takes inside the host's namespace: the engine asks no others. */
export async function resolve(host: FleetHost, names: Record<string, string[]>): Promise<Listener> {
  const server = /^nameserver\s+([0-9a-fA-F.:]+)/m.exec(await readFile('/etc/resolv.conf', 'utf8'))?.[1];
  if (!server) throw new Error('this machine has no DNS server to stand in for');
  const name = host.namespace.split('/').at(-1) ?? '';
  await processRun(['ip', '-n', name, 'address', 'add', server, 'dev', 'lo']);
  return program(host.namespace, 'dns-child.ts', [server, JSON.stringify(names)]);
}

async function program(namespace: string, file: string, args: string[]): Promise<Listener> {
  const child = spawn('nsenter', [`--net=${namespace}`, process.execPath, join(import.meta.dirname, file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  const hits: string[] = [];
  let ready = false;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (line === 'ready') ready = true;
      else hits.push(line);
    }
  });
  await until(() => ready || child.exitCode !== null);
  if (!ready) throw new Error(`${file} did not start`);
  return { hits, stop: () => void child.kill() };
}

/** The walls of one host, as its operator sees them. */
export function wallsOf(fleet: Fleet, host: FleetHost) {
  const inside = ['nsenter', `--net=${host.namespace}`];
  const env = { ...process.env, BERTH_WALLS_CONF: join(fleet.folder, 'hosts', host.name, 'walls.conf') };
  const script = (verb: string): Promise<ProcessResult> => processRun([...inside, wallsScript, verb], { env });
  return {
    apply: () => script('apply'),
    check: () => script('check'),
    remove: () => script('remove'),
    iptables: (...args: string[]) => processMustRun([...inside, 'iptables', '-w', ...args]),
    /** Takes down every rule that begins with one of these words, for as long as `work` runs. Throws for words that find none. */
    async without<T>(rules: string[], work: () => Promise<T>): Promise<T> {
      const taken: { program: string; text: string }[] = [];
      const found = new Set<string>();
      for (const program of ['iptables', 'ip6tables']) {
        const text = await processMustRun([...inside, `${program}-save`, '-t', 'filter']);
        const left = text.split('\n').filter((line) => {
          const rule = rules.find((words) => line.startsWith(`-A ${words} `));
          if (rule !== undefined) found.add(rule);
          return rule === undefined;
        });
        if (left.join('\n') === text) continue;
        taken.push({ program, text });
        await processMustRun([...inside, `${program}-restore`, '-w'], { input: left.join('\n') });
      }
      try {
        const unknown = rules.filter((rule) => !found.has(rule));
        if (unknown.length > 0) throw new Error(`there is no such rule: ${unknown.join(', ')}`);
        return await work();
      } finally {
        for (const { program, text } of taken) await processMustRun([...inside, `${program}-restore`, '-w'], { input: text });
      }
    },
  };
}
