import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostUpdate } from '../../src/db/store/host.ts';
import { type Client, type Stage, stageOn } from '../cli/stage.ts';
import { type Fleet, type FleetHost, fleetUp } from '../fleet/fleet.ts';
import { type CommandResult, dockerRun } from '../harness.ts';
import { fleetPublic, forbidden, listen, metadata, metadata6, resolve, type World, wallsOf, worldUp } from './world.ts';

let fleet: Fleet;
let stage: Stage;
let world: World;
let near: FleetHost;
let far: FleetHost;
let red: Client;
let walls: ReturnType<typeof wallsOf>;
/** Where red's probe finds itself, and what it looks for, all of it real and listening. */
let gateway: string;
let otherTenant: string;
const port = 8080;

const onHost = (host: FleetHost, ...args: string[]) => dockerRun(args, host.dockerHostEnv);

beforeAll(async () => {
  fleet = await fleetUp({ count: 2, name: 'walls', walls: { fleet: [`${fleetPublic}/32`] } });
  [near, far] = fleet.hosts as [FleetHost, FleetHost];
  walls = wallsOf(fleet, near);
  world = await worldUp(fleet);
  await resolve(near, { 'public.berth-walls.dev': [world.internet] });
  for (const host of fleet.hosts) await listen(host.namespace, [`${host.address}:9000`]);
  await listen(near.namespace, [':::9001']);

  stage = await stageOn(fleet);
  red = stage.red;
  const { system, fleet: seen } = stage.berth.server.app;
  const farRow = seen.hosts().find(({ row }) => row.name === far.name)?.row;
  await hostUpdate(system, farRow?.id ?? '', { cordoned: true });
  await red.out('network', 'create', 'own');
  for (const name of ['probe', 'friend'])
    await red.out('run', '-d', '--name', name, '--network', 'own', 'busybox', 'httpd', '-f', '-h', '/etc');
  const stranger = await stage.blue.out('run', '-d', '--name', 'stranger', 'busybox', 'httpd', '-f', '-h', '/etc');
  const inspect = async (id: string, field: string) =>
    (await onHost(near, 'inspect', '-f', `{{range .NetworkSettings.Networks}}{{.${field}}}{{end}}`, id)).stdout.trim();
  otherTenant = await inspect(stranger, 'IPAddress');
  gateway = await inspect(await red.out('inspect', '-f', '{{.Id}}', 'probe'), 'Gateway');
  for (const host of fleet.hosts) {
    await onHost(host, 'network', 'create', '--subnet', '100.100.66.0/24', 'others');
    await onHost(host, 'run', '-d', '--network', 'others', '-p', `${port}:80`, 'busybox', 'httpd', '-f', '-h', '/etc');
  }
});
afterAll(async () => {
  await stage?.berth.stop();
  await fleet?.down();
});

/** `open`, or how the connection failed. Every answer means that it was open, a closed port's too. */
async function way(target: string, from: (...command: string[]) => Promise<CommandResult> = inProbe): Promise<string> {
  const [, bracketed, plain, port = '80'] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(target) ?? [];
  const { code, stderr } = await from('sh', '-c', 'printf "GET / HTTP/1.0\r\n\r\n" | nc -w 3 $0 $1', bracketed ?? plain ?? '', port);
  return code === 0 || stderr.includes('Connection refused') ? 'open' : (stderr.trim().split(': ').at(-1) ?? '');
}
const inProbe = (...command: string[]) => red.docker(['exec', 'probe', ...command]);
const shut = 'No route to host';

describe('a container reaches', () => {
  it('the internet, by address and by name', async () => {
    expect(await way(world.internet)).toBe('open');
    expect(await way('public.berth-walls.dev')).toBe('open');
  });

  it('the members of its own network, by name', async () => {
    expect(await way('friend')).toBe('open');
  });

  it('the internet over IPv6', async () => {
    expect(await way(`[${world.internet6}]`, await inIpv6())).toBe('open');
  });
});

describe('security', () => {
  /** What stands in the way, in the words of `iptables -S`. With all of it gone the probe gets through: so these are the walls, and no accident. */
  const isolation = ['DOCKER-ISOLATION-STAGE-1'];
  const byOriginalDestination = 'BERTH-EGRESS -m conntrack --ctstate DNAT';
  const range = (network: string) => `BERTH-PRIVATE -d ${network}`;
  const cases: { what: string; address: () => string; walls: string[] }[] = [
    { what: 'the metadata service', address: () => metadata, walls: [range('169.254.0.0/16')] },
    { what: 'the gateway of its bridge', address: () => `${gateway}:9001`, walls: ['BERTH-HOST -j REJECT'] },
    { what: 'a closed port of the gateway', address: () => `${gateway}:9`, walls: ['BERTH-HOST -j REJECT'] },
    { what: "the host's address", address: () => `${near.address}:9000`, walls: ['BERTH-HOST -j REJECT'] },
    { what: 'the engine it runs on', address: () => `${near.address}:2376`, walls: ['BERTH-HOST -j REJECT'] },
    { what: "another host's engine", address: () => `${far.address}:2376`, walls: [range('10.0.0.0/8')] },
    { what: "another host's services", address: () => `${far.address}:9000`, walls: [range('10.0.0.0/8')] },
    { what: "another tenant's container", address: () => otherTenant, walls: [range('100.64.0.0/10'), ...isolation] },
    { what: "another tenant's published port on its own host", address: () => `${near.address}:${port}`, walls: ['BERTH-HOST -j REJECT'] },
    { what: "another tenant's published port by its gateway", address: () => `${gateway}:${port}`, walls: ['BERTH-HOST -j REJECT'] },
    { what: "another tenant's published port on another host", address: () => `${far.address}:${port}`, walls: [range('10.0.0.0/8')] },
    ...forbidden.map((address) => {
      const [network = ''] = [
        '10.0.0.0/8',
        '172.16.0.0/12',
        '192.168.0.0/16',
        '100.64.0.0/10',
        '198.18.0.0/15',
        `${fleetPublic}/32`,
      ].filter((known) => known.split('.')[0] === address.split('.')[0]);
      return { what: `${address}, a private address or one of the fleet`, address: () => address, walls: [range(network)] };
    }),
  ];

  /** All at once: the kernel answers only so many refusals a second, and the others are silence. */
  const open = async () =>
    (await Promise.all(cases.map(async ({ what, address }) => ((await way(address())) === 'open' ? what : [])))).flat();

  it('a container reaches none of these', async () => {
    expect(await open()).toEqual([]);
  });

  it.each(cases)('$what is open without its wall', async ({ address, walls: wanted }) => {
    expect(await walls.without(wanted, () => way(address()))).toBe('open');
  });

  it('with all walls up again it reaches none of these', async () => {
    expect(await open()).toEqual([]);
  });

  it.each(['DOCKER-ISOLATION-STAGE-1', range('100.64.0.0/10')])("another tenant's container stays shut without %s alone", async (rule) => {
    expect(await walls.without([rule], () => way(otherTenant))).not.toBe('open');
  });

  it('a published port that leads on without a proxy is shut by its original destination', async () => {
    // What an engine with `userland-proxy: false` does: the packet is forwarded, and the host itself never sees it.
    const bridge = `br-${(await onHost(near, 'inspect', '-f', '{{range .NetworkSettings.Networks}}{{.NetworkID}}{{end}}', await red.out('inspect', '-f', '{{.Id}}', 'probe'))).stdout.slice(0, 12)}`;
    await walls.iptables('-t', 'nat', '-D', 'DOCKER', '-i', bridge, '-j', 'RETURN');
    const address = `${near.address}:${port}`;
    expect(await walls.without([range('100.64.0.0/10'), ...isolation], () => way(address))).toBe(shut);
    expect(await walls.without([byOriginalDestination, range('100.64.0.0/10'), ...isolation], () => way(address))).toBe('open');
  });

  it.each([
    { what: 'the metadata service', address: () => `[${metadata6}]`, wall: 'BERTH-PRIVATE -d fc00::/7' },
    { what: 'the gateway', address: () => '[fd11:66::1]:9001', wall: 'BERTH-HOST -j REJECT' },
  ])('over IPv6 $what is shut, and open without its wall', async ({ address, wall }) => {
    const from = await inIpv6();
    expect(await way(address(), from)).toBe('Permission denied');
    expect(await walls.without([wall], () => way(address(), from))).toBe('open');
  });

  it('what reached the metadata service came while its wall was down', () => {
    expect(world.listener.hits.filter((hit) => hit.startsWith(`${metadata} `))).toHaveLength(1);
  });
});

describe('the walls of a host', () => {
  it('stand, as their own check says, and outlive the daemon', async () => {
    expect(await walls.check()).toEqual({ code: 0, stdout: '', stderr: '' });
    // A daemon that starts waits for those that do not heed its TERM.
    const running = (await onHost(near, 'ps', '-q')).stdout.trim().split('\n');
    await onHost(near, 'kill', ...running);
    await near.kill();
    await near.start();
    expect(await walls.check()).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('say what is missing of them', async () => {
    const check = await walls.without(['BERTH-HOST -j REJECT'], walls.check);
    expect(check.code).toBe(1);
    expect(check.stdout).toBe(
      'iptables: no rule BERTH-HOST -j REJECT --reject-with icmp-admin-prohibited\nip6tables: no rule BERTH-HOST -j REJECT --reject-with icmp6-adm-prohibited\n',
    );
  });

  it('say what was put before or between them, and an apply puts it right', async () => {
    await walls.iptables('-I', 'INPUT', '-j', 'ACCEPT');
    await walls.iptables('-I', 'BERTH-EGRESS', '-j', 'RETURN');
    expect((await walls.check()).stdout).toBe(
      'iptables: INPUT does not begin with a jump to BERTH-INPUT\niptables: BERTH-EGRESS has 1 rules that are not ours\n',
    );
    await walls.apply();
    expect((await walls.check()).code).toBe(0);
    await walls.iptables('-D', 'INPUT', '-j', 'ACCEPT');
  });

  it('are applied twice as once, and leave nothing when removed', async () => {
    const before = await walls.iptables('-S');
    await walls.apply();
    expect(await walls.iptables('-S')).toBe(before);
    await walls.remove();
    expect(await walls.iptables('-S')).not.toContain('BERTH');
    await walls.apply();
  });
});

let ipv6Container: string | undefined;
/** Berth's own networks have no IPv6 yet; a host's may. */
async function inIpv6() {
  if (ipv6Container === undefined) {
    await onHost(near, 'network', 'create', '--ipv6', '--subnet', world.tenants6, '--gateway', 'fd11:66::1', 'six');
    ipv6Container = (await onHost(near, 'run', '-d', '--network', 'six', '--name', 'six', 'busybox', 'sleep', '1000')).stdout.trim();
  }
  return (...command: string[]) => onHost(near, 'exec', 'six', ...command);
}
