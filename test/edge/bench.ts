import { createServer, type Server, type Socket } from 'node:net';
import type postgres from 'postgres';
import { databaseOpen } from '../../src/db/client.ts';
import { databaseMigrate } from '../../src/db/migrate.ts';
import { type SystemScope, systemScope } from '../../src/db/scope.ts';
import { publicationTargetDrain, publicationTargetReady } from '../../src/db/store/port.ts';
import { Edge } from '../../src/edge/edge.ts';
import { migrationsFolder } from '../../src/runtime/package.ts';
import { freePort } from '../free-port.ts';
import { memoryLog, until } from '../harness.ts';
import { databaseCreate } from '../setup/postgres.ts';

/** The tables that an edge reads, without any engine: containers are rows, and what listens at their ports belongs to the test. */
export interface EdgeBench {
  databaseUrl: string;
  scope: SystemScope;
  sql: postgres.Sql;
  log: Record<string, unknown>[];
  /** A container with this port on its host. */
  container(port: number, options?: { address?: string; protocol?: 'tcp' | 'udp' }): Promise<string>;
  /** A port of the edge that leads to containers, which are all ready. */
  publish(containers: string[], options?: Partial<{ port: number; protocol: 'tcp' | 'udp'; proxyProtocol: boolean }>): Promise<Publication>;
  edge(): Promise<Edge>;
  down(): Promise<void>;
}

export interface Publication {
  id: string;
  port: number;
  target(container: string, state: 'ready' | 'draining', drainUntil?: Date): Promise<void>;
  state(): Promise<string>;
  targetState(container: string): Promise<string | undefined>;
  remove(): Promise<void>;
}

const containerPort = 80;

export async function edgeBenchUp(): Promise<EdgeBench> {
  const database = await databaseCreate();
  await databaseMigrate(database.url, migrationsFolder);
  const client = databaseOpen(database.url);
  const { sql } = client;
  const scope = systemScope(client.db);
  const log: Record<string, unknown>[] = [];
  const edges: Edge[] = [];
  const [tenant] = await sql`insert into tenant (name) values ('red') returning id`;
  const [host] = await sql`insert into host (name, url) values ('one', 'tcp://192.0.2.1:2376') returning id`;
  return {
    ...{ databaseUrl: database.url, scope, sql, log },
    async container(port, { address = '127.0.0.1', protocol = 'tcp' } = {}) {
      const id = crypto.randomUUID();
      await sql`
        insert into container (id, tenant_id, host_id, name, state, spec, image_id, isolation, demand_memory_bytes, demand_nano_cpus)
        values (${id}, ${tenant?.id}, ${host?.id}, ${id}, 'created', '{}', 'sha256:1', 'shared', 0, 0)`;
      await sql`
        insert into host_port (host_id, address, protocol, port, container_id, container_port)
        values (${host?.id}, ${address}, ${protocol}, ${port}, ${id}, ${containerPort})`;
      return id;
    },
    async publish(containers, { port, protocol = 'tcp', proxyProtocol = false } = {}) {
      const taken = port ?? (await freePort());
      const id = crypto.randomUUID();
      // In one transaction, as a start does it: an edge sees the port with its targets.
      await sql.begin(async (tx) => {
        await tx`
          insert into publication (id, tenant_id, protocol, port, container_port, proxy_protocol, state)
          values (${id}, ${tenant?.id}, ${protocol}, ${taken}, ${containerPort}, ${proxyProtocol}, 'opening')`;
        for (const container of containers) {
          await tx`insert into publication_target (publication_id, container_id, state) values (${id}, ${container}, 'ready')`;
        }
      });
      const publication: Publication = {
        ...{ id, port: taken },
        target: (containerId, state, drainUntil) =>
          state === 'ready'
            ? publicationTargetReady(scope, id, containerId)
            : publicationTargetDrain(scope, id, containerId, drainUntil ?? new Date(Date.now() + 60_000)),
        state: async () => (await sql`select state from publication where id = ${id}`)[0]?.state,
        targetState: async (containerId) =>
          (await sql`select state from publication_target where publication_id = ${id} and container_id = ${containerId}`)[0]?.state,
        remove: async () => void (await sql`delete from publication where id = ${id}`),
      };
      if (edges.length > 0) await until(async () => (await publication.state()) !== 'opening');
      return publication;
    },
    async edge() {
      const edge = new Edge({ databaseUrl: database.url, bind: '127.0.0.1', log: memoryLog(log) });
      edges.push(edge);
      await edge.start();
      return edge;
    },
    async down() {
      await Promise.all(edges.map((edge) => edge.stop(0)));
      await client.close();
      await database.drop();
    },
  };
}

export interface Peer {
  port: number;
  sockets: Set<Socket>;
  close(): void;
}

/** A TCP server of the test's own. */
export async function peerUp(onConnection: (socket: Socket) => void): Promise<Peer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => {}).once('close', () => sockets.delete(socket)));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    sockets,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
