import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { postgresStop } from '../../src/runtime/local/postgres.ts';
import { type ServerProcess, serverProcess } from '../crash/server-process.ts';
import { containerRun } from '../docker-api/wire-up.ts';
import { type StalledRegistry, stalledRegistryUp } from '../fakes/registry-stalled.ts';
import { freePort } from '../free-port.ts';
import { dockerRun, type Tenant, until } from '../harness.ts';
import { keptIn, type World } from './kinds.ts';

/** `berth serve` as a process of its own: it can be killed, and what it holds is its own and not the test's. */
export interface ServerStage {
  server: ServerProcess;
  tenant: Tenant;
  /** Without a deployment, until `deploy` has made one. */
  world: World;
  registry: StalledRegistry;
  /** Makes the deployment of `world`; its one replica says something each second. */
  deploy(): Promise<void>;
  /** What it counts, in Prometheus's text format. */
  metrics(): Promise<string>;
  /** Memory that the process holds, in bytes. */
  resident(): Promise<number>;
  down(): Promise<void>;
}

/** `berthHosts`: the value of BERTH_HOSTS. `image`: an archive for `docker load` that has `busybox`, or `docker import` of a file system. */
export async function serverStageUp(berthHosts: string, image: { load: Buffer } | { fileSystem: Buffer }): Promise<ServerStage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'berth-streams-'));
  const [enginePort, httpPort] = [await freePort(), await freePort()];
  const registry = await stalledRegistryUp();
  const server = serverProcess({ dataDir, berthHosts, enginePort, httpPort, registries: [registry.address] });
  const down = async () => {
    if (server.running()) await server.down();
    await postgresStop({ dataDir });
    await registry.down();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await server.start();
    const exported = await readFile(join(dataDir, 'env'), 'utf8');
    const certsDir = join(dataDir, 'certs/default');
    const env = {
      DOCKER_HOST: `tcp://localhost:${enginePort}`,
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: certsDir,
      DOCKER_CONFIG: join(dataDir, 'docker'),
    };
    const tenant: Tenant = {
      ...{ id: 'default', token: /BERTH_TOKEN='(.*)'/.exec(exported)?.[1] ?? '', certsDir, env },
      docker: (args, run = {}) => dockerRun(args, { ...env, ...run.env }, run),
      call: (method, path, request = {}) => server.call(method, path, request as { json?: unknown; body?: Buffer }),
    };
    const tar = { 'Content-Type': 'application/x-tar' };
    const made =
      'load' in image
        ? await tenant.call('POST', '/images/load?quiet=1', { body: image.load, headers: tar })
        : await tenant.call('POST', '/images/create?fromSrc=-&repo=busybox&tag=latest', { body: image.fileSystem, headers: tar });
    if (made.status !== 200) throw new Error(made.text);
    await tenant.call('POST', `/images/busybox/tag?repo=${keptIn(registry.address)}&tag=latest`);
    const box = await containerRun(tenant, ['cat'], { OpenStdin: true });
    const terminal = await containerRun(tenant, ['cat'], { OpenStdin: true, Tty: true });
    const world = { tenant, enginePort, httpPort, box, terminal, deployment: '', registry: registry.address };
    const rest = (method: string, path: string, token: string, json?: object) => restCall(httpPort, method, path, token, json);
    const metrics = () => rest('GET', '/metrics', /BERTH_OPERATOR_TOKEN='(.*)'/.exec(exported)?.[1] ?? '');
    return {
      ...{ server, tenant, down, world, registry, metrics },
      async deploy() {
        const args = ['sh', '-c', 'while :; do echo said; sleep 1; done'];
        await rest('POST', '/v1/deployments', tenant.token, { name: 'said', spec: { image: 'busybox', args, replicas: 1 } });
        world.deployment = 'said';
        await until(async () => JSON.parse(await rest('GET', '/v1/deployments/said', tenant.token)).phase === 'ready', 60);
      },
      resident: async () => Number(/^process_resident_memory_bytes (\d+)/m.exec(await metrics())?.[1]),
    };
  } catch (error) {
    await down();
    throw error;
  }
}

/** On a connection of its own, so that none stays open and is counted. Throws for any status but 2xx. */
async function restCall(port: number, method: string, path: string, token: string, json?: object): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, ...(json && { 'content-type': 'application/json' }) };
  const call = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  call.end(json && JSON.stringify(json));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const answer = await text(response);
  if ((response.statusCode ?? 0) >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${answer}`);
  return answer;
}
