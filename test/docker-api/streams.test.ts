import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetHost } from '../fleet/fleet.ts';
import { until } from '../harness.ts';
import { Connection, chunkOf, requestText, tenantConnect, tenantTarget, upgradeTcp } from './connection.ts';
import { secondServer } from './second-server.ts';
import { tarHeader, tarPadding } from './tar-file.ts';
import { containerMake, containerRun, execMake, type Wire, wireUp } from './wire-up.ts';

// What is merely not collected yet is not held.
setFlagsFromString('--expose_gc');
const collectGarbage: () => void = runInNewContext('gc');

const MiB = 1024 * 1024;
const bigBytes = 300 * MiB;

let wire: Wire;
let host: FleetHost;
let box: string;
beforeAll(async () => {
  wire = await wireUp('wire-streams');
  host = wire.fleet.hosts[0] as FleetHost;
  box = await containerRun(
    wire.red,
    ['sh', '-c', `dd if=/dev/zero of=/big bs=1M count=${bigBytes / MiB} 2>/dev/null; while true; do echo tick; sleep 0.1; done`],
    { OpenStdin: true },
  );
  await until(async () => (await wire.red.call('GET', `/v1.47/containers/${box}/logs?stdout=1&tail=1`)).body.length > 0, 60);
});
afterAll(() => wire?.down());

async function open(request: string, status = 200): Promise<Connection> {
  const connection = (await tenantConnect(wire.red)).send(request);
  expect((await connection.head()).status).toBe(status);
  return connection;
}
const get = (path: string) => requestText('GET', `/v1.47${path}`);
const attach = (id: string, headers: Record<string, string>) =>
  requestText('POST', `/v1.47/containers/${id}/attach?stream=1&stdin=1&stdout=1`, { headers });

interface EngineSocket {
  inode: string;
  /** Bytes that the engine sent and Berth has not read. */
  unread: number;
}

/** The connections to the engine that a process holds: one without an inode is closed, and the kernel waits for the engine's end of it. */
async function engineSockets(): Promise<EngineSocket[]> {
  const remote = `${host.address
    .split('.')
    .reverse()
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()}:${(2376).toString(16).padStart(4, '0').toUpperCase()}`;
  const lines = (await readFile('/proc/self/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
  return lines
    .filter((fields) => fields[2] === remote && fields[9] !== '0')
    .map((fields) => ({ inode: fields[9] as string, unread: Number.parseInt(fields[4]?.split(':')[1] ?? '0', 16) }));
}

/** Fills the pool of connections that are kept for the next calls, so that only forgotten ones can add to it; how many there are. */
async function warmSockets(): Promise<number> {
  await Promise.all(Array.from({ length: 16 }, () => wire.red.call('GET', `/v1.47/containers/${box}/top`)));
  return (await engineSockets()).length;
}

/** How far memory outside of the heap rises above where it is now: what is buffered lies there. `look` may be called often. */
function memoryWatch(): { look(): void; riseBytes(): number } {
  const held = () => {
    collectGarbage();
    return process.memoryUsage().external;
  };
  const before = held();
  let most = before;
  let looks = 0;
  return {
    look() {
      if (looks++ % 1000 === 0) most = Math.max(most, held());
    },
    riseBytes: () => Math.max(most, held()) - before,
  };
}

describe('a client that vanishes in the middle', () => {
  const kinds: [kind: string, request: () => Promise<string>, status: number][] = [
    ['logs', async () => get(`/containers/${box}/logs?follow=1&stdout=1`), 200],
    ['stats', async () => get(`/containers/${box}/stats`), 200],
    ['wait', async () => requestText('POST', `/v1.47/containers/${box}/wait`), 200],
    ['export', async () => get(`/containers/${box}/export`), 200],
    ['save', async () => get('/images/busybox/get'), 200],
    ['attach with an upgrade', async () => attach(box, upgradeTcp), 101],
    ['attach without', async () => attach(box, {}), 200],
    ['attach with input in chunks', async () => attach(box, { 'Transfer-Encoding': 'chunked' }), 200],
    [
      'exec',
      async () =>
        requestText('POST', `/v1.47/exec/${await execMake(wire.red, box, ['cat'])}/start`, {
          headers: upgradeTcp,
          body: { Detach: false, Tty: false },
        }),
      101,
    ],
  ];

  it.each(kinds)('of %s leaves no connection to the engine', async (_, request, status) => {
    const before = await warmSockets();
    const opened = await Promise.all(Array.from({ length: 8 }, async () => open(await request(), status)));
    for (const connection of opened) connection.destroy();
    await until(async () => (await engineSockets()).length <= before);
  });

  it('of archive leaves none either', async () => {
    const before = await warmSockets();
    // One after another: an engine holds a container's lock while it hands out an archive, so each waits for the end of the last.
    for (let count = 0; count < 8; count++) (await open(get(`/containers/${box}/archive?path=/big`))).destroy();
    await until(async () => (await engineSockets()).length <= before);
  });

  it.each(['archive', 'load'])('of an upload (%s) leaves no connection to the engine', async (kind) => {
    const path = kind === 'load' ? '/images/load' : `/containers/${box}/archive?path=/tmp`;
    const before = await warmSockets();
    const opened = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const connection = await tenantConnect(wire.red);
        connection.send(requestText(kind === 'load' ? 'POST' : 'PUT', `/v1.47${path}`, { headers: { 'Transfer-Encoding': 'chunked' } }));
        return connection.send(chunkOf(tarHeader('part', MiB).toString('latin1')), chunkOf('x'.repeat(100_000)));
      }),
    );
    for (const connection of opened) connection.destroy();
    await until(async () => (await engineSockets()).length <= before);
  });
});

describe('a client that stops reading', () => {
  it.each([
    ['a log', async () => open(get(`/containers/${await flood()}/logs?follow=1&stdout=1`))],
    ['an attach', async () => open(attach(await flood(), upgradeTcp), 101)],
    ['an export', () => open(get(`/containers/${box}/export`))],
    ['an archive', () => open(get(`/containers/${box}/archive?path=/big`))],
  ])('stops its source: %s', async (_, begin) => {
    const memory = memoryWatch();
    const connection = await begin();
    connection.socket.pause();
    let unread = -1;
    await until(async () => {
      const now = Math.max(...(await engineSockets()).map((socket) => socket.unread));
      const still = now > 16 * 1024 && now === unread;
      unread = now;
      memory.look();
      return still;
    });
    expect(memory.riseBytes()).toBeLessThan(32 * MiB);
    connection.destroy();
    await until(async () => (await engineSockets()).every((socket) => socket.unread === 0));
    await floodsEnd();
  });

  const floods: string[] = [];
  async function flood(): Promise<string> {
    const id = await containerRun(wire.red, ['yes', 'x'.repeat(1000)]);
    floods.push(id);
    return id;
  }
  async function floodsEnd(): Promise<void> {
    for (const id of floods.splice(0)) await wire.red.call('DELETE', `/v1.47/containers/${id}?force=1`);
  }
});

describe('300 MB', () => {
  it('come out of a container with flat memory', async () => {
    const memory = memoryWatch();
    const connection = (await tenantConnect(wire.red)).send(
      requestText('GET', `/v1.47/containers/${box}/archive?path=/big`, { headers: { Connection: 'close' } }),
    );
    await connection.head();
    const bytes = await connection.drain(memory.look);
    expect(bytes).toBeGreaterThan(bigBytes);
    expect(bytes).toBeLessThan(bigBytes + 2 * MiB);
    expect(memory.riseBytes()).toBeLessThan(100 * MiB);
  });

  it('go into one with flat memory, and arrive whole', async () => {
    const target = await containerMake(wire.red, ['true']);
    const memory = memoryWatch();
    const connection = await tenantConnect(wire.red);
    const length = 512 + bigBytes + tarPadding(bigBytes) + 1024;
    connection.send(
      requestText('PUT', `/v1.47/containers/${target}/archive?path=/`, {
        headers: { 'Content-Type': 'application/x-tar', 'Content-Length': String(length) },
      }),
      tarHeader('copied', bigBytes),
    );
    const block = Buffer.alloc(MiB);
    for (let sent = 0; sent < bigBytes; sent += block.length) {
      await new Promise<void>((resolve, reject) => connection.socket.write(block, (error) => (error ? reject(error) : resolve())));
      memory.look();
    }
    connection.send(Buffer.alloc(1024));
    expect((await connection.reply()).status).toBe(200);
    expect(memory.riseBytes()).toBeLessThan(100 * MiB);
    const stat = await wire.red.call('HEAD', `/v1.47/containers/${target}/archive?path=/copied`);
    expect(JSON.parse(Buffer.from(String(stat.headers['x-docker-container-path-stat']), 'base64').toString()).size).toBe(bigBytes);
    connection.destroy();
  });
});

describe('after all of it', () => {
  it('what is left are the event stream and a few kept connections, and no error of ours', async () => {
    await until(async () => (await engineSockets()).length <= 32);
    expect(wire.berth.log.filter((line) => line.level === 'error')).toEqual([]);
    expect((await wire.red.call('GET', '/v1.47/containers/json')).json).toHaveLength(1);
  });

  it('a stop of the server closes every one of them, whoever still streams', async () => {
    const before = await warmSockets();
    const known = new Set((await engineSockets()).map(({ inode }) => inode));
    const second = await secondServer(wire.berth);
    const target = { ...(await tenantTarget(wire.red)), port: second.enginePort };
    const streams: Connection[] = [];
    for (const request of [attach(box, upgradeTcp), attach(box, {}), get(`/containers/${box}/logs?follow=1&stdout=1`)]) {
      const connection = (await Connection.open(target)).send(request);
      await connection.head();
      streams.push(connection);
    }
    // Kept ones of the first server may run out meanwhile.
    expect((await engineSockets()).filter(({ inode }) => !known.has(inode)).length).toBeGreaterThan(3);
    await second.stop();
    await Promise.all(streams.map((stream) => stream.closed()));
    await until(async () => (await engineSockets()).length <= before);
  });
});
