import { once } from 'node:events';
import { pack } from 'tar-stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ImageRegistry, imageRegistry, registryImage } from '../escape/image-registry.ts';
import { type FleetHost, fleetUp } from '../fleet/fleet.ts';
import { registryRange } from '../fleet/registry.ts';
import { until } from '../harness.ts';
import { type Live, liveDocker } from './live.ts';
import { type Client, type Stage, stageOn } from './stage.ts';

let stage: Stage;
let red: Client;
let host: FleetHost;
/** Its one layer begins and never ends, so that a pull is under way for as long as the test wants. */
let registry: ImageRegistry;
const image = registryImage('file', 'content', 'somebody');

/** Silence is noticed within the grace of the design, and a little later everywhere; on a busy machine much later. */
const noticeSeconds = 45;

beforeAll(async () => {
  const fleet = await fleetUp({ count: 3, name: 'cli-host-loss', insecureRegistries: [registryRange] });
  registry = await imageRegistry('127.0.0.1', image, { layers: 'endless' });
  stage = await stageOn(fleet, { registries: [registry.address] });
  red = stage.red;
  // A volume keeps them on one host. An engine holds a container's lock for as long as an upload takes, so that one goes to the other.
  await red.out('create', '--name', 'store', '-v', 'pin:/pin', 'busybox');
  await red.out(
    'run',
    '-d',
    '-i',
    '--restart',
    'always',
    '--name',
    'web',
    '-v',
    'pin:/pin',
    'busybox',
    'sh',
    '-c',
    'while :; do echo tick; sleep 0.2; done',
  );
  host = await hostOf('web');
});
afterAll(async () => {
  await stage?.down();
  await registry?.close();
});

/** The host whose engine has the container. */
async function hostOf(name: string): Promise<FleetHost> {
  const id = await red.out('inspect', '--format', '{{.Id}}', name);
  for (const one of stage.hosts) if ((await red.docker(['inspect', id], { env: one.dockerHostEnv })).code === 0) return one;
  throw new Error(`no engine has ${name}`);
}

const live = (...args: string[]) => liveDocker(red.env, ...args);
const statusOf = (name: string) => red.out('ps', '-a', '--filter', `name=^${name}$`, '--format', '{{.Status}}');
const up = async () => {
  await until(async () => /^Up/.test(await statusOf('web')), 60);
};

/** Everything that can be open on a host, each already flowing. */
async function streams(): Promise<Record<string, Live>> {
  const open = {
    logs: live('logs', '-f', '--tail', '1', 'web'),
    attach: live('attach', '--no-stdin', 'web'),
    exec: live('exec', '-i', 'web', 'sh', '-c', 'while :; do echo tick; sleep 0.2; done'),
    stats: live('stats', '--format', 'tick {{.Name}}', 'web'),
    wait: live('wait', 'web'),
    cp: live('cp', '-', 'store:/tmp'),
  };
  const archive = pack();
  archive.entry({ name: 'endless', size: 2 ** 30 });
  open.cp.type((await once(archive, 'readable').then(() => archive.read())) as Buffer);
  for (const name of ['logs', 'attach', 'exec', 'stats'] as const) await open[name].saw('tick');
  return open;
}

describe.each([
  ['is cut off from the network', () => host.cut(), () => host.heal()],
  ['dies with its engine', () => host.kill(), () => host.start()],
])('a host that %s', (_, lose, recover) => {
  afterEach(async () => {
    await recover().catch(() => {});
    await up();
  });

  it('ends what is open on it, is said to be unknown, and is as before when it is back', async () => {
    const open = await streams();
    await lose();
    const ended: Record<string, number> = {};
    for (const [name, one] of Object.entries(open)) void one.ended.then((code) => (ended[name] = code));
    await until(() => ['logs', 'attach', 'exec', 'cp', 'wait'].every((name) => name in ended), noticeSeconds).catch(() => {
      throw new Error(`still open: ${Object.keys(open).filter((name) => !(name in ended))}`);
    });
    open.stats?.signal('SIGINT');

    await until(async () => /^Unknown \(last seen .* ago\)$/.test(await statusOf('web')), noticeSeconds);
    expect(await red.fails('exec', 'web', 'true')).toMatch(/host of this container cannot be reached/);
    expect(await red.fails('logs', 'web')).toMatch(/host of this container cannot be reached/);
    expect(await red.fails('stop', 'web')).toMatch(/host of this container cannot be reached/);
    expect(await red.out('inspect', '--format', '{{.Name}}', 'web')).toBe('/web');
    // The others take what comes.
    expect(await red.out('run', '--rm', 'busybox', 'echo', 'elsewhere')).toBe('elsewhere');

    await recover();
    await up();
    expect(await red.out('exec', 'web', 'echo', 'back')).toBe('back');
  }, 240_000);
});

it('hosts that are cut off during a pull end the pull', async () => {
  const pull = live('pull', `${registry.address}/never`);
  await until(() => registry.asked.some((asked) => asked.includes('/blobs/') && asked.endsWith(image.layerDigest)));
  await Promise.all(stage.hosts.map((one) => one.cut()));
  try {
    expect(await pull.ended).toBe(1);
    expect(pull.text).toMatch(/cannot be reached|unexpected EOF/);
  } finally {
    await Promise.all(stage.hosts.map((one) => one.heal()));
  }
});
