import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../free-port.ts';
import { until } from '../harness.ts';
import { type EdgeStage, edgeStageUp, httpGet } from './stage.ts';

let stage: EdgeStage;
const client = () => stage.red;

beforeAll(async () => {
  stage = await edgeStageUp('publish');
});
afterEach(async () => {
  for (const { out } of [stage.red, stage.blue]) {
    const all = await out('ps', '-aq');
    if (all !== '') await out('rm', '-f', ...all.split('\n'));
  }
});
afterAll(() => stage?.down());

/** The port of the edge behind a container's port. */
async function edgePort(name: string, containerPort = '80/tcp', who = client()): Promise<number> {
  return Number(/:(\d+)$/m.exec(await who.out('port', name, containerPort))?.[1]);
}

const sleeper = (name: string, ...flags: string[]) => client().out('run', '-d', '--name', name, ...flags, 'busybox', 'sleep', '1000');
const refused = (port: number) =>
  httpGet(port).then(
    () => false,
    () => true,
  );

describe('a published port', () => {
  it('is reachable at the edge, on whichever host the container runs', async () => {
    const ports = [await freePort(), await freePort(), await freePort()];
    for (const [i, port] of ports.entries()) await stage.web(client(), `web-${i}`, '-p', `${port}:80`);
    for (const [i, port] of ports.entries()) expect(await httpGet(port)).toBe(`web-${i}\n`);
    expect(new Set([...stage.berth.server.app.directory.containers.all()].map(({ hostId }) => hostId)).size).toBe(3);
  });

  it('is said alike by docker port, ps and inspect', async () => {
    const port = await freePort();
    await sleeper('said', '-p', `${port}:80`, '--expose', '90');
    expect(await client().out('port', 'said')).toBe(`80/tcp -> 0.0.0.0:${port}`);
    expect(await client().out('ps', '--format', '{{.Ports}}')).toBe(`90/tcp, 0.0.0.0:${port}->80/tcp`);
    const inspected = JSON.parse(await client().out('inspect', 'said'))[0];
    expect(inspected.NetworkSettings.Ports).toEqual({ '80/tcp': [{ HostIp: '0.0.0.0', HostPort: String(port) }], '90/tcp': null });
    expect(inspected.HostConfig.PortBindings).toEqual({ '80/tcp': [{ HostIp: '', HostPort: String(port) }] });
    expect(await client().out('ps', '-q', '--filter', `publish=${port}`)).not.toBe('');
    expect(await client().out('ps', '-q', '--filter', `publish=${port + 1}`)).toBe('');
  });

  it('says nothing of the port that its host has for it', async () => {
    await sleeper('quiet', '-p', '80');
    const hidden = stage.hosts.map(({ address }) => address);
    const ports = await hostPorts();
    expect(ports).toHaveLength(1);
    for (const text of [await client().out('inspect', 'quiet'), (await client().call('GET', '/containers/json')).text]) {
      for (const address of hidden) expect(text).not.toContain(address);
      for (const port of ports) expect(text).not.toContain(String(port));
    }
  });

  it('is one that is free, with -p 80', async () => {
    await stage.web(client(), 'any', '-p', '80');
    expect(await httpGet(await edgePort('any'))).toBe('any\n');
    expect(JSON.parse(await client().out('inspect', 'any'))[0].HostConfig.PortBindings).toEqual({
      '80/tcp': [{ HostIp: '', HostPort: '' }],
    });
  });

  it('is made for each exposed port with -P', async () => {
    await stage.web(client(), 'every', '-P', '--expose', '80', '--expose', '90/udp');
    expect(await httpGet(await edgePort('every'))).toBe('every\n');
    expect(await edgePort('every', '90/udp')).toBeGreaterThan(0);
    expect(JSON.parse(await client().out('inspect', 'every'))[0].HostConfig).toMatchObject({ PublishAllPorts: true, PortBindings: {} });
  });

  it('is the first free one of a range, with -p 8000-8002:80', async () => {
    const first = await freePort();
    const range = `${first}-${first + 2}:80`;
    for (const name of ['r0', 'r1', 'r2']) await sleeper(name, '-p', range);
    expect([await edgePort('r0'), await edgePort('r1'), await edgePort('r2')]).toEqual([first, first + 1, first + 2]);
    expect(await client().fails('run', '-d', '-p', range, 'busybox')).toContain('port is already allocated');
  });

  it('leads datagrams to the container', async () => {
    const port = await freePort();
    await sleeper('dns', '-p', `${port}:53/udp`);
    // busybox has no server for datagrams: the container's kernel counts those that nobody there wanted.
    const arrived = async () => {
      const [, values = ''] = (await client().out('exec', 'dns', 'grep', '^Udp:', '/proc/net/snmp')).split('\n');
      return Number(values.split(' ')[2]);
    };
    expect(await arrived()).toBe(0);
    const socket = createSocket('udp4');
    await until(async () => {
      socket.send('ping', port, '127.0.0.1');
      return (await arrived()) > 0;
    });
    socket.close();
  });

  it('stays on the loopback of the edge when asked for there', async () => {
    const port = await freePort();
    await stage.web(client(), 'local', '-p', `127.0.0.1:${port}:80`);
    expect(await httpGet(port)).toBe('local\n');
    expect(await client().out('port', 'local')).toBe(`80/tcp -> 127.0.0.1:${port}`);
  });

  it('is kept over restarts, even one that nobody chose', async () => {
    await stage.web(client(), 'steady', '-p', '80', '--stop-timeout', '0');
    const port = await edgePort('steady');
    await client().out('restart', 'steady');
    expect(await edgePort('steady')).toBe(port);
    await client().out('stop', 'steady');
    expect(await client().out('ps', '-a', '--format', '{{.Ports}}')).toBe('');
    await until(() => refused(port));
    await client().out('start', 'steady');
    expect(await edgePort('steady')).toBe(port);
    await until(async () => (await httpGet(port).catch(() => '')) === 'steady\n');
  });
});

describe('a port that is taken', () => {
  it('is refused at the start in Docker’s words, and the container stays as it was made', async () => {
    const port = await freePort();
    await sleeper('mine', '-p', `${port}:80`);
    const said = await client().fails('run', '-d', '--name', 'late', '-p', `${port}:80`, 'busybox', 'sleep', '1000');
    expect(said).toContain(
      `125: docker: Error response from daemon: driver failed programming external connectivity on endpoint late: Bind for 0.0.0.0:${port} failed: port is already allocated`,
    );
    expect(await client().out('inspect', '-f', '{{.State.Status}}', 'late')).toBe('created');
    await client().out('rm', '-f', 'mine');
    await client().out('start', 'late');
    expect(await edgePort('late')).toBe(port);
  });

  it('is refused to another tenant, and free for it the moment the first one stops', async () => {
    const port = await freePort();
    await sleeper('first', '-p', `${port}:80`, '--stop-timeout', '0');
    expect(await stage.blue.fails('run', '-d', '--name', 'second', '-p', `${port}:80`, 'busybox', 'sleep', '1000')).toContain(
      `Bind for 0.0.0.0:${port} failed: port is already allocated`,
    );
    await client().out('stop', 'first');
    await stage.blue.out('start', 'second');
    expect(await edgePort('second', '80/tcp', stage.blue)).toBe(port);
    expect(await client().fails('start', 'first')).toContain('port is already allocated');
  });

  it('cannot be one of Berth’s own', async () => {
    const { enginePort } = stage.berth.server;
    expect(await client().fails('run', '-d', '-p', `${enginePort}:80`, 'busybox', 'sleep', '1000')).toContain(
      `Bind for 0.0.0.0:${enginePort} failed: port is already allocated`,
    );
  });

  it('is refused when another program of the edge’s machine has it', async () => {
    const squatter = createServer();
    const port = await new Promise<number>((resolve) =>
      squatter.listen(0, '127.0.0.1', () => resolve((squatter.address() as AddressInfo).port)),
    );
    expect(await client().fails('run', '-d', '--name', 'squat', '-p', `${port}:80`, 'busybox', 'sleep', '1000')).toContain(
      `Bind for 0.0.0.0:${port} failed: address already in use`,
    );
    expect(await client().out('inspect', '-f', '{{.State.Status}}', 'squat')).toBe('created');
    squatter.close();
  });

  it('leaves no port behind on the hosts once everything is removed', async () => {
    await sleeper('gone', '-p', '80', '-p', '90/udp');
    await client().out('rm', '-f', 'gone');
    expect(await hostPorts()).toEqual([]);
    expect([...stage.berth.server.app.directory.publications.all()]).toEqual([]);
  });
});

describe('a host that is cut off', () => {
  it('costs a caller a few seconds and no more, and its port is free at once with rm -f', async () => {
    const port = await freePort();
    await stage.web(client(), 'lost', '-p', `${port}:80`);
    const row = [...stage.berth.server.app.directory.containers.all()].find(({ name }) => name === 'lost');
    const host = stage.hosts.find(({ name }) => name === stage.berth.server.app.fleet.host(row?.hostId ?? '')?.row.name);
    await host?.cut();
    const begun = Date.now();
    expect(await refused(port)).toBe(true);
    // The edge's patience is two seconds, the kernel's two minutes.
    expect(Date.now() - begun).toBeLessThan(9_000);
    await client().out('rm', '-f', 'lost');
    await host?.heal();
    await until(() => stage.berth.server.app.fleet.hosts().every(({ watch }) => watch.live), 30);
    await stage.web(client(), 'found', '-p', `${port}:80`);
    expect(await httpGet(port)).toBe('found\n');
  });
});

async function hostPorts(): Promise<number[]> {
  const rows = await stage.berth.server.app.system.db.execute<{ port: number }>(sql`select port from host_port`);
  return rows.map(({ port }) => port);
}
