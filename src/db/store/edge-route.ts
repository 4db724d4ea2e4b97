import { and, eq, inArray, ne, sql } from 'drizzle-orm';
import { replica } from '../schema/deployment.ts';
import { host } from '../schema/host.ts';
import { hostPort, publication, publicationTarget } from '../schema/port.ts';
import type { SystemScope } from '../scope.ts';

/** What an edge needs to know of one publication. */
export interface EdgeRoute {
  id: string;
  edgeAddress: string;
  loopback: boolean;
  protocol: 'tcp' | 'udp';
  port: number;
  proxyProtocol: boolean;
  state: (typeof publication.$inferSelect)['state'];
  targets: EdgeTarget[];
}

export interface EdgeTarget {
  containerId: string;
  address: string;
  port: number;
  state: (typeof publicationTarget.$inferSelect)['state'];
  /** RFC 3339. */
  drainUntil: string | null;
}

const targetAddress = sql<string>`coalesce(${host.address}, ${hostPort.address})`;

/** What edges listen on; `ids`: of these publications only. */
export async function edgeRoutes(scope: SystemScope, ids?: string[]): Promise<EdgeRoute[]> {
  const rows = await scope.db
    .select({
      id: publication.id,
      edgeAddress: publication.edgeAddress,
      loopback: publication.loopback,
      protocol: publication.protocol,
      port: publication.port,
      proxyProtocol: publication.proxyProtocol,
      state: publication.state,
      target: {
        containerId: publicationTarget.containerId,
        state: publicationTarget.state,
        drainUntil: publicationTarget.drainUntil,
        address: targetAddress,
        port: hostPort.port,
      },
    })
    .from(publication)
    .leftJoin(publicationTarget, eq(publicationTarget.publicationId, publication.id))
    .leftJoin(
      hostPort,
      and(
        eq(hostPort.containerId, publicationTarget.containerId),
        eq(hostPort.containerPort, publication.containerPort),
        eq(hostPort.protocol, publication.protocol),
      ),
    )
    .leftJoin(host, eq(host.id, hostPort.hostId))
    .where(and(ne(publication.state, 'kept'), ids && inArray(publication.id, ids)));
  const routes = new Map<string, EdgeRoute>();
  for (const { target, ...row } of rows) {
    const route = routes.get(row.id) ?? { ...row, targets: [] };
    routes.set(row.id, route);
    const { containerId, address, port, state, drainUntil } = target;
    if (containerId !== null && address !== null && port !== null && state !== null) {
      route.targets.push({ containerId, address, port, state, drainUntil: drainUntil?.toISOString() ?? null });
    }
  }
  return [...routes.values()];
}

/** Where some of the replicas on a host take connections: at most `limit` of their TCP ports, others each time. */
export function hostReplicaPlaces(scope: SystemScope, hostId: string, limit: number): Promise<{ address: string; port: number }[]> {
  return scope.db
    .select({ address: targetAddress, port: hostPort.port })
    .from(hostPort)
    .innerJoin(replica, eq(replica.containerId, hostPort.containerId))
    .innerJoin(host, eq(host.id, hostPort.hostId))
    .where(and(eq(hostPort.hostId, hostId), eq(hostPort.protocol, 'tcp')))
    .orderBy(sql`random()`)
    .limit(limit);
}

/** An edge listens, or could not. A port that was given up meanwhile stays so. */
export async function publicationListened(scope: SystemScope, id: string, state: 'open' | 'failed'): Promise<void> {
  await scope.db
    .update(publication)
    .set({ state })
    .where(and(eq(publication.id, id), inArray(publication.state, ['opening', state === 'open' ? 'failed' : 'open'])));
}

/** An edge has no connection to it any more. */
export async function publicationTargetDrained(scope: SystemScope, publicationId: string, containerId: string): Promise<void> {
  await scope.db
    .update(publicationTarget)
    .set({ state: 'drained' })
    .where(
      and(
        eq(publicationTarget.publicationId, publicationId),
        eq(publicationTarget.containerId, containerId),
        eq(publicationTarget.state, 'draining'),
      ),
    );
}
