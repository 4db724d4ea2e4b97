import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { processEnded } from '../../src/runtime/local/process.ts';
import { type ServerProcess, serverProcess } from '../crash/server-process.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { freePort } from '../free-port.ts';
import { dockerRun, until } from '../harness.ts';
import { type Load, loadBegin } from './load.ts';
import { httpGet } from './stage.ts';

let fleet: Fleet;
let dataDir: string;
let server: ServerProcess;
let port: number;
/** Of a service that keeps a silent connection for as long as it takes. */
let talkPort: number;
let env: Record<string, string>;
const edges: ChildProcess[] = [];
let load: Load;

const docker = async (...args: string[]) => {
  const result = await dockerRun(args, env);
  if (result.code !== 0) throw new Error(`docker ${args.join(' ')}: ${result.stderr}`);
  return result.stdout.trim();
};

beforeAll(async () => {
  fleet = await fleetUp({ count: 1, name: 'edge-restart' });
  dataDir = await mkdtemp(join(tmpdir(), 'berth-edge-'));
  const enginePort = await freePort();
  server = serverProcess({ dataDir, berthHosts: fleet.berthHosts, enginePort, httpPort: await freePort() });
  await server.start();
  env = { DOCKER_HOST: `tcp://127.0.0.1:${enginePort}`, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: join(dataDir, 'certs/default') };
  await dockerRun(['load'], env, { input: await busyboxImageMake() });
  [port, talkPort] = [await freePort(), await freePort()];
  const serve = 'mkdir /w; echo up > /w/index.html; nc -ll -p 81 -e cat & httpd -f -p 80 -h /w';
  await docker('run', '-d', '--name', 'web', '-p', `${port}:80`, '-p', `${talkPort}:81`, 'busybox', 'sh', '-c', serve);
  await until(async () => (await httpGet(port).catch(() => '')) === 'up\n');
});
afterEach(() => load?.end());
afterAll(async () => {
  if (server && !server.running()) await server.start().catch(() => {});
  await server?.down();
  for (const edge of edges) edge.kill('SIGKILL');
  await fleet?.down();
  if (dataDir) await rm(dataDir, { recursive: true, force: true });
});

/** `berth edge`, as an operator starts a new one. */
async function edgeStart(): Promise<ChildProcess> {
  const program = join(import.meta.dirname, '../../src/cli/berth.ts');
  const edge = spawn(process.execPath, [program, 'edge'], {
    env: { PATH: process.env.PATH, DATABASE_URL: await server.databaseUrl() },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  edges.push(edge);
  let said = '';
  edge.stderr.on('data', (data) => (said += data));
  await until(() => said.includes('the edge serves'), 60);
  return edge;
}

/** The pid of the edge that the server started. */
async function ownEdgePid(): Promise<number> {
  const lines = (await readFile(join(dataDir, 'edge.log'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return lines.findLast(({ message }) => message === 'the edge serves').process;
}

/** A connection that is open and has said nothing yet. */
async function openConnection(): Promise<Socket> {
  const socket = connect({ port: talkPort, host: '127.0.0.1' });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return socket;
}

/** Says something on it, hears it back, and ends it. */
function echo(socket: Socket, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('data', (data) => resolve(data.toString())).once('error', reject);
    socket.once('close', () => reject(new Error('closed without an answer')));
    socket.end(text);
  });
}

describe('under a load of requests, none fails', () => {
  it('while the server ends and starts again', async () => {
    const early = await openConnection();
    load = loadBegin(port, 'up\n');
    await load.answered(100);
    await server.stop();
    await load.answered(100);
    await server.start();
    await load.answered(100);
    const { requests, failures } = await load.end();
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(300);
    expect(await echo(early, 'still here')).toBe('still here');
  });

  it('while the server is killed and starts again', async () => {
    load = loadBegin(port, 'up\n');
    await load.answered(100);
    await server.kill();
    await load.answered(100);
    await server.start();
    await load.answered(100);
    expect((await load.end()).failures).toEqual([]);
    expect(await docker('port', 'web', '80')).toBe(`0.0.0.0:${port}`);
  });

  it('while PostgreSQL is killed', async () => {
    load = loadBegin(port, 'up\n');
    await load.answered(50);
    await server.postgresKill();
    await load.answered(200);
    expect((await load.end()).failures).toEqual([]);
    await until(() =>
      docker('ps').then(
        () => true,
        () => false,
      ),
    );
  });

  it('while one new edge after another takes over', async () => {
    const first = await ownEdgePid();
    const early = await openConnection();
    load = loadBegin(port, 'up\n');
    await load.answered(100);
    const second = await edgeStart();
    await load.answered(200);
    const third = await edgeStart();
    await load.answered(200);
    expect((await load.end()).failures).toEqual([]);
    // The second has no connection left; the first one still has ours.
    await until(() => second.exitCode === 0, 60);
    expect(await processEnded(first, 0)).toBe(false);
    expect(await echo(early, 'still here')).toBe('still here');
    expect(await processEnded(first, 60_000)).toBe(true);
    expect(third.exitCode).toBe(null);
  });
});

describe('an edge that is killed', () => {
  it('is started again by the server, with every port', async () => {
    const last = edges.at(-1);
    last?.kill('SIGKILL');
    await until(async () => (await httpGet(port).catch(() => '')) === 'up\n', 60);
    expect(await ownEdgePid()).not.toBe(last?.pid);
  });
});
