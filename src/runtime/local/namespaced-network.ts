import { randomInt } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { processMustRun, processRun } from './process.ts';

/** A network namespace, joined to the machine by a pair of virtual links. Its name names the namespace, the link and the rules. */
export interface NamespacedNetwork {
  name: string;
  /** The far end, inside: where a server in the namespace is reached. */
  address: string;
  /** Path of the namespace, for `nsenter --net=`. */
  namespace: string;
}

const range = '10.213.0.0/16';

/** Makes what is missing of the network; so a second call, or one after a reboot, is right too. `name`: at most 15 characters. */
export async function namespacedNetworkUp(name: string): Promise<NamespacedNetwork> {
  const namespace = `/run/netns/${name}`;
  const inside = ['nsenter', `--net=${namespace}`, 'ip'];
  if ((await processRun(['ip', '-n', name, 'link', 'show', 'eth0'])).code !== 0) {
    await namespacedNetworkDown(name);
    await processMustRun(['ip', 'netns', 'add', name]);
    await processMustRun(['ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name]);
    await processMustRun([...inside, 'link', 'set', 'lo', 'up']);
    await processMustRun([...inside, 'link', 'set', 'eth0', 'up']);
    await processMustRun(['ip', 'link', 'set', name, 'up']);
    const { near, far } = await subnetTake(name);
    await processMustRun([...inside, 'address', 'add', `${far}/30`, 'dev', 'eth0']);
    await processMustRun([...inside, 'route', 'add', 'default', 'via', near]);
  }
  await processRun(['ip', 'route', 'add', ...strayRoute]);
  await forwardingAllow(name);
  const address = /inet ([0-9.]+)/.exec(await processMustRun([...inside, '-4', '-o', 'address', 'show', 'eth0']))?.[1];
  if (!address) throw new Error(`the namespace ${name} has lost its address`);
  return { name, address, namespace };
}

/** Removes the namespace, its link and its rules. What is gone already is no error. */
export async function namespacedNetworkDown(name: string): Promise<void> {
  await rulesRemove(name);
  // The peer goes with the link, at once; a namespace alone would linger while a process in it dies.
  await processRun(['ip', 'link', 'delete', name]);
  await processRun(['ip', 'netns', 'delete', name]);
  const links = await processMustRun(['ip', '-o', 'link', 'show', 'type', 'veth']);
  if (/ berth-/.test(links)) return;
  await processRun(['ip', 'route', 'delete', ...strayRoute]);
  await uplinkRestore();
}

/** What is sent to an engine that is gone must not leave by the default route and find a stranger there. */
const strayRoute = ['unreachable', range];

/**
 * A partition: packets vanish both ways, connections hang, nobody is told. A link that is down would tell: the kernel would answer
 * 'no route to host' at once, or take another way. The rules lie inside the namespace and go with it.
 */
export async function namespacedNetworkCut(name: string): Promise<void> {
  await namespacedNetworkHeal(name);
  for (const rule of partition)
    await processMustRun(['nsenter', `--net=/run/netns/${name}`, 'iptables', '-w', '-t', 'mangle', '-A', ...rule]);
}

export async function namespacedNetworkHeal(name: string): Promise<void> {
  for (const rule of partition) await processRun(['nsenter', `--net=/run/netns/${name}`, 'iptables', '-w', '-t', 'mangle', '-D', ...rule]);
}

const partition = [
  ['PREROUTING', '-i', 'eth0', '-j', 'DROP'],
  ['POSTROUTING', '-o', 'eth0', '-j', 'DROP'],
];

/**
 * Takes a /30 that nothing on this machine uses. Others may be taking one at this moment: so it is taken first and then looked at
 * again, and whoever finds the same one twice takes another.
 */
async function subnetTake(link: string): Promise<{ near: string; far: string }> {
  for (;;) {
    const offset = randomInt(0, 1 << 14) * 4;
    const base = `10.213.${offset >> 8}`;
    const near = `${base}.${(offset & 255) + 1}`;
    const far = `${base}.${(offset & 255) + 2}`;
    if (/dev/.test(await processMustRun(['ip', '-4', 'route', 'show', 'root', `${base}.${offset & 255}/30`]))) continue;
    await processMustRun(['ip', 'address', 'add', `${near}/30`, 'dev', link]);
    const holders = await processMustRun(['ip', '-4', '-o', 'address', 'show', 'to', `${near}/30`]);
    if (holders.trim().split('\n').length === 1) return { near, far };
    await processMustRun(['ip', 'address', 'delete', `${near}/30`, 'dev', link]);
  }
}

/**
 * Between namespaces, and out by the machine's own address. Forwarding is switched on for the links alone and not for the whole machine.
 * Where a rule cannot be made (a kernel without NAT), the engines still work with each other.
 */
async function forwardingAllow(name: string): Promise<void> {
  await forwardingSet(name);
  await uplinkForward();
  await rulesRemove(name);
  const subnet = /inet (\S+)/.exec(await processMustRun(['ip', '-4', '-o', 'address', 'show', name]))?.[1] ?? range;
  const tag = ['-m', 'comment', '--comment', name];
  await processRun(['iptables', '-w', '-t', 'nat', '-A', 'POSTROUTING', '-s', subnet, '!', '-d', range, ...tag, '-j', 'MASQUERADE']);
  await processRun(['iptables', '-w', '-I', 'FORWARD', '-i', name, ...tag, '-j', 'ACCEPT']);
  await processRun(['iptables', '-w', '-I', 'FORWARD', '-o', name, ...tag, '-j', 'ACCEPT']);
}

/** True when it was off before. */
async function forwardingSet(link: string, value: '0' | '1' = '1'): Promise<boolean> {
  const file = `/proc/sys/net/ipv4/conf/${link}/forwarding`;
  if ((await readFile(file, 'utf8').catch(() => value)).trim() === value) return false;
  return writeFile(file, value).then(
    () => true,
    () => false,
  );
}

/** Which link we made forward, for the last namespace to undo. */
const uplinkFile = '/run/berth-uplink';

async function uplinkForward(): Promise<void> {
  const uplink = / dev (\S+)/.exec((await processRun(['ip', '-4', 'route', 'show', 'default'])).stdout)?.[1];
  if (uplink && (await forwardingSet(uplink))) await writeFile(uplinkFile, uplink);
}

async function uplinkRestore(): Promise<void> {
  const uplink = await readFile(uplinkFile, 'utf8').catch(() => undefined);
  if (uplink === undefined) return;
  // A Docker of the machine's own may have come meanwhile; it switches forwarding on for all links, and needs it.
  const wanted = (await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8')).trim() === '1';
  if (!wanted) await forwardingSet(uplink, '0');
  await rm(uplinkFile, { force: true });
}

/** The comment finds our rules again, even when the process that made them was killed. */
async function rulesRemove(name: string): Promise<void> {
  for (const table of ['nat', 'filter']) {
    const { stdout } = await processRun(['iptables', '-w', '-t', table, '-S']);
    for (const rule of stdout.split('\n').filter((line) => line.startsWith('-A ') && line.includes(`--comment ${name} `))) {
      await processRun(['iptables', '-w', '-t', table, '-D', ...rule.split(' ').slice(1)]);
    }
  }
}
