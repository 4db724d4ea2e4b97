import { randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { envFileTokens } from '../../src/runtime/env-file.ts';
import { postgresStop } from '../../src/runtime/local/postgres.ts';
import { type ServerProcess, serverProcess } from '../crash/server-process.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import type { LoadTarget } from './load.ts';

/** Real engines, and `berth serve` before them as a process of its own. */
export interface Stage {
  fleet: Fleet;
  server: ServerProcess;
  /** The Docker endpoint, with the certificate of the tenant `default`. */
  berth: LoadTarget;
  /** What points the real CLI there. */
  dockerEnv: Record<string, string>;
  /** One request of that tenant's to the REST API. Throws for any status above 299. */
  rest(method: string, path: string, json?: unknown): Promise<void>;
  /** What is created and not started is expected to start for a minute, and hosts are kept free for it: this ends that minute. */
  containersAge(): Promise<void>;
  /** Of the server's process. */
  residentBytes(): Promise<number>;
  down(): Promise<void>;
}

export async function stageUp(name: string, count: number): Promise<Stage> {
  const fleet = await fleetUp({ count, name });
  const dataDir = await mkdtemp(join(tmpdir(), 'berth-bench-'));
  const enginePort = randomInt(20_000, 32_000);
  const server = serverProcess({ dataDir, berthHosts: fleet.berthHosts, enginePort, httpPort: enginePort + 1 });
  let sql: postgres.Sql;
  const down = async () => {
    await sql?.end({ timeout: 1 });
    await server.down().catch(() => {});
    await postgresStop({ dataDir });
    await fleet.down();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await server.start();
    await callMust(server, 'POST', '/images/load?quiet=1', {
      body: await busyboxImageMake(),
      headers: { 'Content-Type': 'application/x-tar' },
    });
    const certs = join(dataDir, 'certs/default');
    const [ca = '', cert = '', key = ''] = await Promise.all(
      ['ca', 'cert', 'key'].map((kind) => readFile(join(certs, `${kind}.pem`), 'utf8')),
    );
    sql = postgres(await server.databaseUrl(), { max: 1, onnotice: () => undefined });
    const tokens = await envFileTokens(dataDir);
    const fetched = async (token: string | undefined, method: string, path: string, json?: unknown) => {
      const reply = await fetch(`http://127.0.0.1:${enginePort + 1}${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        ...(json !== undefined && { body: JSON.stringify(json) }),
      });
      const text = await reply.text();
      if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
      return text;
    };
    const { items } = JSON.parse(await fetched(tokens?.operatorToken, 'GET', '/v1/tenants'));
    const quota = { containers: 10_000, streams: 1_000, requestsPerSecond: 1_000_000 };
    await fetched(tokens?.operatorToken, 'PATCH', `/v1/tenants/${items[0].id}`, { quota });
    return {
      fleet,
      server,
      berth: { host: '127.0.0.1', port: enginePort, tls: { ca, cert, key } },
      dockerEnv: { DOCKER_HOST: `tcp://127.0.0.1:${enginePort}`, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certs, DOCKER_CONFIG: dataDir },
      rest: async (method, path, json) => void (await fetched(tokens?.token, method, path, json)),
      containersAge: async () => void (await sql`update container set created_at = created_at - interval '1 hour' where not started_once`),
      async residentBytes() {
        const metrics = await fetched(tokens?.operatorToken, 'GET', '/metrics');
        return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]);
      },
      down,
    };
  } catch (error) {
    await down();
    throw error;
  }
}

/** A request of the tenant `default` to the Docker endpoint. Throws for any status above 299. */
export async function callMust(server: ServerProcess, method: string, path: string, request?: Parameters<ServerProcess['call']>[2]) {
  const reply = await server.call(method, path, request);
  if (reply.status > 299) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
  return reply;
}
