import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { envFileTokens } from '../../src/runtime/env-file.ts';
import { postgresStop } from '../../src/runtime/local/postgres.ts';
import { violations } from '../crash/invariants.ts';
import { type ServerProcess, serverProcess } from '../crash/server-process.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, type FleetHost, fleetUp } from '../fleet/fleet.ts';
import { freePort } from '../free-port.ts';

/** What a test wishes of a deployment, and then looks for on the engines. */
export interface Wished {
  name: string;
  replicas: number;
  revision: number;
}

/** Real engines, and servers, an edge and a PostgreSQL that are processes of their own, so that each can be killed. */
export interface KillStage {
  fleet: Fleet;
  /** Both share the PostgreSQL, the edge and the work. Only the first one runs from the start. */
  first: ServerProcess;
  second: ServerProcess;
  sql: postgres.Sql;
  /** A request to `/v1`, answered by a server that runs. Throws what it refuses. */
  api(method: string, path: string, json?: unknown, as?: 'tenant' | 'operator'): Promise<unknown>;
  /** The id by which Berth knows a host. */
  hostId(host: FleetHost): Promise<string>;
  /** What is not yet, or not any more, as it was wished: on the engines, in the rows, and between the two. */
  broken(wished: Wished[]): Promise<string[]>;
  down(): Promise<void>;
}

export async function killStageUp(): Promise<KillStage> {
  const fleet = await fleetUp({ count: 3, name: 'deployments-kill' });
  const dataDir = await mkdtemp(join(tmpdir(), 'berth-kill-'));
  const httpPorts = [await freePort(), await freePort()] as const;
  const serverMake = async (httpPort: number) =>
    serverProcess({ dataDir, berthHosts: fleet.berthHosts, enginePort: await freePort(), httpPort });
  const [first, second] = [await serverMake(httpPorts[0]), await serverMake(httpPorts[1])];
  await first.start();
  const sql = postgres(await first.databaseUrl(), { max: 1, onnotice: () => undefined });
  const loaded = await first.call('POST', '/v1.41/images/load?quiet=1', {
    body: await busyboxImageMake(),
    headers: { 'Content-Type': 'application/x-tar' },
  });
  if (loaded.status !== 200) throw new Error(loaded.text);
  const tokens = await envFileTokens(dataDir);

  const hostIds = async () => {
    const rows = await sql<{ id: string; url: string }[]>`select id, url from host`;
    return (host: FleetHost) => rows.find(({ url }) => url === host.url)?.id ?? '';
  };

  return {
    ...{ fleet, first, second, sql },
    async api(method, path, json, as = 'tenant') {
      const port = first.running() ? httpPorts[0] : httpPorts[1];
      const reply = await fetch(`http://127.0.0.1:${port}/v1${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${as === 'tenant' ? tokens?.token : tokens?.operatorToken}`,
          ...(json !== undefined && { 'Content-Type': 'application/json' }),
        },
        ...(json !== undefined && { body: JSON.stringify(json) }),
      });
      const text = await reply.text();
      if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
    hostId: async (host) => (await hostIds())(host),
    async broken(wished) {
      const idOf = await hostIds();
      const engines = fleet.hosts.map((host) => ({ hostId: idOf(host), url: `unix://${host.socket}` }));
      const found = await violations(sql, engines);
      for (const one of wished) found.push(...(await wishMissed(sql, one)));
      return found;
    },
    async down() {
      await second.stop();
      await first.down();
      await sql.end();
      await postgresStop({ dataDir });
      await fleet.down();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The rows and the engines agree, or `violations` says otherwise: so the rows tell what runs. */
async function wishMissed(sql: postgres.Sql, { name, replicas, revision }: Wished): Promise<string[]> {
  const [row] = await sql<
    { phase: string; reason: string; revision: number }[]
  >`select phase, reason, revision from deployment where name = ${name}`;
  const serving = await sql`
    select from replica join deployment on deployment.id = deployment_id join container on container.id = container_id
    where deployment.name = ${name} and replica.phase = 'ready' and replica.revision = ${revision} and container.held`;
  const there = await sql`select from container where state <> 'removed' and name like ${`${name}.%`}`;
  return [
    ...(row?.phase === 'ready' ? [] : [`${name} is ${row?.phase}: ${row?.reason}`]),
    ...(row?.revision === revision ? [] : [`${name} is at revision ${row?.revision} and not at ${revision}`]),
    ...(serving.length === replicas ? [] : [`${serving.length} replicas of ${name} serve, and ${replicas} are wished`]),
    ...(there.length === replicas ? [] : [`${there.length} containers of ${name} are there, and ${replicas} are wished`]),
  ];
}
