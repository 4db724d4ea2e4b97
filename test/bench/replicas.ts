import { engineCall } from '../crash/stage.ts';
import type { FleetHost } from '../fleet/fleet.ts';
import { until } from '../harness.ts';
import { median } from './load.ts';
import type { Line } from './report.ts';
import { ratio, rounds, timed } from './rounds.ts';
import type { Stage } from './stage.ts';
import type { Bench } from './subjects.ts';

const count = 10;
const memoryBytes = 32 * 1024 * 1024;
/** Each made anew, so that both are asked for the same and found on the engine in the same way. */
let names = 0;

const subjects = ['Swarm', 'network', 'Berth'] as const;
type Subject = (typeof subjects)[number];

/**
 * Ten replicas from request to all running, as the engine itself tells it, of a deployment and of a Swarm service: a plain one, and
 * one on a network with a DNS of its own, as each tenant's is.
 */
export async function replicasLines({ stage, host, quick }: Bench): Promise<Line[]> {
  const engine = (method: string, path: string, json?: unknown) =>
    engineCall<{ Id: string; ID: string }>(engineOf(host), method, path, json);
  await engine('POST', '/swarm/init', { ListenAddr: '127.0.0.1:2377', AdvertiseAddr: host.address });
  // A service takes networks of the swarm only; this is one that each node makes as a plain bridge.
  await engine('POST', '/networks/create', { Name: 'bench-config', ConfigOnly: true });
  const network = { Name: 'bench-swarm', Driver: 'bridge', Scope: 'swarm', ConfigFrom: { Network: 'bench-config' } };
  const { Id: networkId } = await engine('POST', '/networks/create', network);
  const { Id: imageId } = await engine('GET', '/images/busybox/json');
  const service = async (name: string, networks: { Target: string }[]) => {
    const { ID } = await engine('POST', '/services/create', serviceSpec(name, imageId, networks));
    return () => engine('DELETE', `/services/${ID}`);
  };
  const make: Record<Subject, (name: string) => Promise<() => Promise<unknown>>> = {
    Swarm: (name) => service(name, []),
    network: (name) => service(name, [{ Target: networkId }]),
    async Berth(name) {
      await deploymentMake(stage, name, count);
      return () => stage.rest('DELETE', `/v1/deployments/${name}`);
    },
  };
  const run = async (subject: Subject) => {
    const name = `bench-${++names}`;
    let remove: () => Promise<unknown> = async () => {};
    const ms = await timed(async () => {
      remove = await make[subject](name);
      await until(async () => (await running([host], name)) === count, 60);
    });
    await remove();
    await until(async () => (await running([host], name)) === 0, 60);
    return ms;
  };
  await rounds(1, subjects, run);
  const samples = await rounds(quick ? 3 : 5, subjects, run);
  await engine('POST', '/swarm/leave?force=1');
  const seconds = (subject: Subject) => `${(median(samples[subject]) / 1000).toFixed(2)} s`;
  const line = (what: string, beside: 'Swarm' | 'network', goal: string): Line => ({
    what,
    direct: `${seconds(beside)} (Swarm)`,
    haproxy: '',
    berth: seconds('Berth'),
    toDirect: ratio(samples.Berth, samples[beside]),
    goal,
  });
  return [
    line(`${count} replicas, from request to all running`, 'Swarm', 'at most 0.9 × Swarm'),
    line('the same; the Swarm service on a network of its own', 'network', ''),
  ];
}

/** Twelve replicas on three hosts, one of which is cut off: until all twelve run on the other two. */
export async function failoverLine(stage: Stage, quick: boolean): Promise<Line> {
  const times: number[] = [];
  const { hosts } = stage.fleet;
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const name = `bench-${++names}`;
    await deploymentMake(stage, name, 12);
    await until(async () => (await running(hosts, name)) === 12, 60);
    const [lost, ...rest] = hosts as [FleetHost, ...FleetHost[]];
    if ((await running([lost], name)) !== 4) throw new Error('the replicas are not spread');
    await lost.cut();
    times.push(await timed(() => until(async () => (await running(rest, name)) === 12, 60)));
    await lost.heal();
    await until(async () => (await running([lost], name)) === 0, 60);
    await stage.rest('DELETE', `/v1/deployments/${name}`);
    await until(async () => (await running(hosts, name)) === 0, 60);
  }
  return {
    what: '4 replicas of a host that is cut off, running elsewhere',
    direct: '',
    haproxy: '',
    berth: `${(median(times) / 1000).toFixed(1)} s`,
    goal: 'at most 8 s',
  };
}

function deploymentMake(stage: Stage, name: string, replicas: number): Promise<void> {
  const spec = {
    image: 'busybox',
    args: ['sleep', '100000'],
    labels: { bench: name },
    replicas,
    stopGracePeriod: '1s',
    resources: { limits: { memory: '32m' } },
  };
  return stage.rest('POST', '/v1/deployments', { name, spec });
}

/** Its image by id: Swarm would try to pull any other. */
function serviceSpec(name: string, imageId: string, networks: { Target: string }[]): object {
  return {
    Name: name,
    TaskTemplate: {
      ContainerSpec: { Image: imageId, Args: ['sleep', '100000'], Labels: { bench: name }, StopGracePeriod: 1e9 },
      Resources: { Limits: { MemoryBytes: memoryBytes } },
      Networks: networks,
    },
    Mode: { Replicated: { Replicas: count } },
  };
}

/** How many of its containers run, as the engines themselves tell, whether they are cut off or not. */
async function running(hosts: FleetHost[], name: string): Promise<number> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`bench=${name}`], status: ['running'] }));
  const lists = await Promise.all(hosts.map((host) => engineCall<unknown[]>(engineOf(host), 'GET', `/containers/json?filters=${filters}`)));
  return lists.flat().length;
}

function engineOf({ socket }: FleetHost): { url: string } {
  return { url: `unix://${socket}` };
}
