import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containerMake, containerRun, execMake, type Wire, wireUp } from './wire-up.ts';

let wire: Wire;
let replies: [request: string, text: string][];
beforeAll(async () => {
  wire = await wireUp('wire-leaks');
  replies = await busyTenant();
});
afterAll(() => wire?.down());

/** A tenant that uses everything and does much wrong; all that it is told. */
async function busyTenant(): Promise<[string, string][]> {
  const told: [string, string][] = [];
  const call = async (method: string, path: string, json?: unknown, options: { body?: string; headers?: Record<string, string> } = {}) => {
    const reply = await wire.red.call(method, `/v1.47${path}`, json === undefined ? options : { json });
    told.push([`${method} ${path} ${reply.status}`, `${JSON.stringify(reply.headers)}\n${reply.text}`]);
    return reply;
  };
  await call('POST', '/networks/create', { Name: 'app', Labels: { tier: 'one' } });
  await call('POST', '/volumes/create', { Name: 'data', Labels: { tier: 'one' } });
  const healthy = { Test: ['CMD', 'true'], Interval: 1_000_000_000 };
  const mounts = [
    { Type: 'volume', Source: 'data', Target: '/data' },
    { Type: 'tmpfs', Target: '/scratch' },
  ];
  const web = await containerRun(
    wire.red,
    ['sh', '-c', 'echo started; sleep 600'],
    {
      Healthcheck: healthy,
      Volumes: { '/anonymous': {} },
      HostConfig: { NetworkMode: 'app', Mounts: mounts, RestartPolicy: { Name: 'always' } },
    },
    'web',
  );
  const failed = await containerMake(wire.red, ['/no/such/program'], {}, 'failed');
  await call('POST', `/containers/${failed}/start`);
  const directory = await containerMake(wire.red, ['/etc'], {}, 'directory');
  await call('POST', `/containers/${directory}/start`);
  await call('POST', '/containers/create', { Image: 'busybox', Cmd: ['true'], WorkingDir: 'relative' });
  const odd = await containerMake(wire.red, ['true'], { User: 'nobody-there' }, 'odd');
  await call('POST', `/containers/${odd}/start`);
  const twice = await containerMake(
    wire.red,
    ['true'],
    { HostConfig: { NetworkMode: 'app' }, NetworkingConfig: { EndpointsConfig: { app: { Links: ['web:db'] } } } },
    'linked',
  ).catch(() => null);
  if (twice) await call('POST', `/containers/${twice}/start`);

  const gets = [
    '/info',
    '/version',
    '/_ping',
    '/containers/json?all=1&size=1',
    '/networks',
    '/networks/app',
    '/networks/bridge',
    '/networks/none',
    '/volumes',
    '/volumes/data',
    '/images/json',
    '/images/busybox/json',
    '/images/busybox/history',
  ];
  for (const id of ['web', 'failed', 'directory', 'odd'])
    gets.push(
      `/containers/${id}/json?size=1`,
      `/containers/${id}/logs?stdout=1&stderr=1&details=1`,
      `/containers/${id}/top`,
      `/containers/${id}/stats?stream=0&one-shot=1`,
    );
  for (const path of gets) await call('GET', path);
  for (const { Name } of (await call('GET', '/volumes')).json.Volumes) await call('GET', `/volumes/${Name}`);

  const exec = await execMake(wire.red, web, ['/nowhere/to/be/found']);
  await call('POST', `/exec/${exec}/start`, { Detach: true });
  await call('GET', `/exec/${exec}/json`);
  await call('POST', `/exec/${exec}/start`, { Detach: false });
  await call('POST', `/exec/${exec}/resize?h=10&w=10`);
  await call('POST', `/containers/${failed}/exec`, { Cmd: ['true'] });
  await call('POST', `/containers/${web}/exec`, { Cmd: ['true'], User: 'nobody-there' });

  for (const [method, path, json] of [
    ['POST', '/containers/failed/kill'],
    ['POST', '/containers/failed/pause'],
    ['POST', '/containers/web/unpause'],
    ['POST', '/containers/failed/resize?h=1&w=1'],
    ['POST', '/containers/web/kill?signal=SIGNOTHING'],
    ['DELETE', '/containers/web'],
    ['DELETE', '/networks/app'],
    ['DELETE', '/networks/bridge'],
    ['DELETE', '/volumes/data'],
    ['DELETE', '/images/busybox'],
    ['POST', '/networks/app/connect', { Container: 'web' }],
    ['POST', '/networks/app/disconnect', { Container: 'failed' }],
    ['POST', '/networks/create', { Name: 'app' }],
    ['POST', '/networks/create', { Name: 'x', IPAM: { Config: [{ Subnet: '10.0.0.0/8' }] } }],
    ['GET', '/containers/web/archive?path=/nowhere'],
    ['GET', '/containers/web/archive?path=/data/../../../etc/passwd'],
    ['PUT', '/containers/web/archive?path=/nowhere'],
    ['PUT', '/containers/web/archive?path=/proc/1'],
    ['POST', '/containers/create?name=web', { Image: 'busybox' }],
    ['POST', '/containers/create', { Image: 'nosuch' }],
    ['POST', '/containers/create', { Image: 'busybox', HostConfig: { Memory: 1 } }],
    ['POST', '/containers/create', { Image: 'busybox', HostConfig: { VolumesFrom: ['nosuch'] } }],
    ['POST', '/images/create?fromImage=127.0.0.1:1/x&tag=1'],
    ['POST', '/images/create?fromImage=registry.invalid/x&tag=1'],
    ['POST', '/images/create?fromSrc=-&repo=Bad%20Name'],
    ['POST', '/images/busybox/tag?repo=UPPER'],
    ['POST', '/auth', { username: 'a', password: 'b', serveraddress: 'registry.invalid' }],
    ['GET', '/images/nosuch/json'],
    ['GET', '/images/nosuch/get'],
    ['GET', '/events?since=1&until=2'],
    ['GET', '/events?since=never'],
    ['GET', '/system/df'],
  ] as [string, string, unknown?][])
    await call(method, path, json);
  await call('POST', '/images/load', undefined, { body: 'this is no archive', headers: { 'Content-Type': 'application/x-tar' } });
  await call('PUT', '/containers/web/archive?path=/tmp', undefined, {
    body: 'this is no archive',
    headers: { 'Content-Type': 'application/x-tar' },
  });
  return told;
}

describe('nothing of a host reaches a tenant', () => {
  it('in no reply to a tenant that uses everything and does much wrong', async () => {
    const host = wire.fleet.hosts[0];
    if (!host) throw new Error('no host');
    const { app } = wire.berth.server;
    const [row] = app.fleet.hosts();
    const engine = row?.watch.engine;
    const info = await engine?.json<{
      ID: string;
      Name: string;
      KernelVersion: string;
      OperatingSystem: string;
      DockerRootDir: string;
      ServerVersion: string;
    }>({ method: 'GET', path: '/info' });
    const secrets = {
      'the name of the host': host.name,
      'its row': row?.row.id,
      'its address': host.address,
      'the range of the fleet': '10.213.',
      'its folders': wire.fleet.folder,
      'its data root': info?.DockerRootDir,
      'the id of its engine': info?.ID,
      'its kernel': info?.KernelVersion,
      'its system': info?.OperatingSystem,
      'the version of its engine': info?.ServerVersion,
      'its namespace': host.namespace.split('/').at(-1),
      'an engine name of a container, network or volume': 'berth-',
      'our labels': 'io.berth.',
      'the id of the installation': app.installation,
      'the id of the process': app.processId,
      // A short name is found in anything.
      'the name of its machine': info && info.Name.length > 4 ? info.Name : undefined,
      'an engine of another kind': 'dockerd',
      'the address of the database': wire.berth.databaseUrl,
    };
    expect(replies.length).toBeGreaterThan(70);
    const found = replies.flatMap(([request, text]) =>
      Object.entries(secrets).flatMap(([what, secret]) =>
        secret && text.includes(secret) ? [`${request}: ${what} in ${excerpt(text, secret)}`] : [],
      ),
    );
    expect(found).toEqual([]);
  });

  it('the only path below /var/lib is the one that every engine shows', () => {
    const paths = replies.flatMap(([, text]) => text.match(/\/var\/lib\/[^"\s]*/g) ?? []);
    const known =
      /^\/var\/lib\/docker$|^\/var\/lib\/docker\/volumes\/(data|[0-9a-f]{64})\/_data$|^\/var\/lib\/docker\/containers\/[0-9a-f]{64}\//;
    expect(paths.filter((path) => !known.test(path))).toEqual([]);
  });

  it('every failure says something, and none is a fault of ours', () => {
    for (const [request, text] of replies) {
      const status = Number(request.split(' ').at(-1));
      expect(text, request).not.toContain('Something went wrong inside Berth');
      if (status >= 400) expect(text, request).toMatch(/"message":"[^"]{10,}/);
    }
  });
});

function excerpt(text: string, secret: string): string {
  const at = text.indexOf(secret);
  return text.slice(Math.max(0, at - 80), at + secret.length + 40);
}
