import { and, eq, inArray, ne, notExists, sql } from 'drizzle-orm';
import { BerthError } from '../../domain/errors.ts';
import { type ContainerPort, hostPortRange, type PortWish, portKey, portsChoose } from '../../policy/ports-choose.ts';
import { container } from '../schema/container.ts';
import { hostPort, publication, publicationTarget } from '../schema/port.ts';
import { type SystemScope, scopeTransaction } from '../scope.ts';
import { withinQuota } from '../within-quota.ts';

export type PublicationRow = typeof publication.$inferSelect;
export type HostPortRow = typeof hostPort.$inferSelect;

/** Two processes that choose at once may choose the same; then one of them chooses again. */
const hostPortAttempts = 10;

/**
 * Gives each port of a container one on its host, unless it has one. Doing it twice changes nothing.
 * Throws `unavailable` when the host has none left.
 */
export async function hostPortsEnsure(
  scope: SystemScope,
  place: { containerId: string; hostId: string; address: string },
  ports: readonly ContainerPort[],
): Promise<HostPortRow[]> {
  const { containerId, hostId, address } = place;
  const missing = (made: HostPortRow[]) => ports.filter((port) => !made.some((one) => portKey(one) === portKey(port)));
  let made = await hostPortsOf(scope, containerId);
  for (let attempt = 0; missing(made).length > 0; attempt++) {
    if (attempt === hostPortAttempts) {
      throw new BerthError(
        'unavailable',
        'The host of this container has no port left to publish another one. Remove containers that are not in use, and try again.',
      );
    }
    for (const { protocol, containerPort } of missing(made)) {
      // Not one that an edge listens on, since both may be on one machine; and not the lowest: see portsChoose.
      await scope.db.execute(sql`
        insert into host_port (host_id, address, protocol, port, container_id, container_port)
        select ${hostId}, ${address}, ${protocol}, n, ${containerId}, ${containerPort}
        from generate_series(${hostPortRange.first}::int, ${hostPortRange.last}::int) n
        where not exists (select from host_port h where h.host_id = ${hostId} and h.protocol = ${protocol} and h.port = n)
          and not exists (select from publication p where p.protocol = ${protocol} and p.port = n)
        order by random() limit 1
        on conflict do nothing`);
    }
    made = await hostPortsOf(scope, containerId);
  }
  return made;
}

export function hostPortsOf(scope: SystemScope, containerId: string): Promise<HostPortRow[]> {
  return scope.db.select().from(hostPort).where(eq(hostPort.containerId, containerId));
}

/** Any number: ports are given out one container after another, so that no two can be given the same. */
const portsLockKey = 0x706f7274;

export interface PublicationsTaken {
  rows: PublicationRow[];
}

export interface PublicationRefused {
  refused: PortWish;
  port: number;
  /** The container that has it; null: it is none of a container. */
  holder: string | null;
}

/** Whose ports they are: a container's, which leads to itself, or a deployment's, whose driver says to which replicas they lead. */
export type PortOwner = { tenantId: string; proxyProtocol: boolean } & (
  | { containerId: string; deploymentId?: undefined }
  | { deploymentId: string; containerId?: undefined }
);

/**
 * Takes ports of the edge for its owner, all or none; the ones it had before where these are free. An edge opens them, and leads
 * them to the container. Doing it twice changes nothing. `reserved`: ports that Berth itself listens on.
 */
export function publicationsTake(
  scope: SystemScope,
  owner: PortOwner,
  wishes: readonly PortWish[],
  reserved: readonly number[],
): Promise<PublicationsTaken | PublicationRefused> {
  return withinQuota(() =>
    scopeTransaction(scope, async ({ db }) => {
      await db.execute(sql`select pg_advisory_xact_lock(${portsLockKey})`);
      const known = await db.select().from(publication).where(eq(publication.edgeAddress, edgeAddressDefault));
      const own = (row: PublicationRow) =>
        owner.containerId === undefined ? row.deploymentId === owner.deploymentId : row.containerId === owner.containerId;
      const before = known.filter(own);
      const others = known.filter((row) => !own(row));
      const taken = new Map(others.filter((row) => row.state !== 'kept').map((row) => [`${row.port}/${row.protocol}`, row]));
      const remembered = new Set(others.map((row) => `${row.port}/${row.protocol}`));
      const loopbackHosts = await db
        .select({ port: hostPort.port, protocol: hostPort.protocol })
        .from(hostPort)
        .where(eq(hostPort.address, loopbackAddress));
      const bound = new Set(loopbackHosts.map((row) => `${row.port}/${row.protocol}`));
      const result = portsChoose(wishes, {
        before,
        taken: (protocol, port) =>
          taken.has(`${port}/${protocol}`) || bound.has(`${port}/${protocol}`) || (protocol === 'tcp' && reserved.includes(port)),
        remembered: (protocol, port) => remembered.has(`${port}/${protocol}`),
        random: (below) => Math.floor(Math.random() * below),
      });
      if ('refused' in result) return { ...result, holder: taken.get(`${result.port}/${result.refused.protocol}`)?.containerId ?? null };
      const stay = before.filter((row) => row.state !== 'kept' && result.chosen.some((chosen) => samePort(row, chosen)));
      const made = result.chosen.filter((chosen) => !stay.some((row) => samePort(row, chosen)));
      const gone = before.filter((row) => !stay.includes(row)).map((row) => row.id);
      if (gone.length > 0) await db.delete(publication).where(inArray(publication.id, gone));
      if (made.length === 0) return { rows: stay };
      const rows = await db
        .insert(publication)
        .values(
          made.map(({ containerPort, protocol, loopback, port }) => ({
            ...{
              tenantId: owner.tenantId,
              containerId: owner.containerId,
              deploymentId: owner.deploymentId,
              containerPort,
              protocol,
              loopback,
              port,
            },
            proxyProtocol: owner.proxyProtocol && protocol === 'tcp',
            state: 'opening' as const,
          })),
        )
        .returning();
      const { containerId } = owner;
      if (containerId !== undefined)
        await db.insert(publicationTarget).values(rows.map((row) => ({ publicationId: row.id, containerId, state: 'ready' as const })));
      return { rows: [...stay, ...rows] };
    }),
  );
}

const edgeAddressDefault = 'default';
/** Where an engine on this machine binds: the edge's own address, perhaps. */
const loopbackAddress = '127.0.0.1';

function samePort(a: { protocol: string; port: number; containerPort: number; loopback: boolean }, b: typeof a): boolean {
  return a.protocol === b.protocol && a.port === b.port && a.containerPort === b.containerPort && a.loopback === b.loopback;
}

/**
 * The container has ended: its ports are for whoever asks, and its own again at the next start if nobody did. One that holds its share of
 * its host runs or is being started, and keeps them: false.
 */
export function publicationsKeep(scope: SystemScope, containerId: string): Promise<boolean> {
  return scopeTransaction(scope, async ({ db }) => {
    const rows = await db
      .update(publication)
      .set({ state: 'kept' })
      .where(
        and(
          eq(publication.containerId, containerId),
          ne(publication.state, 'kept'),
          notExists(
            db
              .select()
              .from(container)
              .where(and(eq(container.id, containerId), container.held)),
          ),
        ),
      )
      .returning({ id: publication.id });
    if (rows.length === 0) return false;
    await db.delete(publicationTarget).where(
      inArray(
        publicationTarget.publicationId,
        rows.map((row) => row.id),
      ),
    );
    return true;
  });
}

/** The container is to be removed: its ports are free before its host has confirmed that. */
export async function publicationsRemove(scope: SystemScope, containerId: string): Promise<void> {
  await scope.db.delete(publication).where(eq(publication.containerId, containerId));
}

export function publicationsAll(scope: SystemScope): Promise<PublicationRow[]> {
  return scope.db.select().from(publication);
}

export function publicationsByIds(scope: SystemScope, ids: string[]): Promise<PublicationRow[]> {
  return scope.db.select().from(publication).where(inArray(publication.id, ids));
}

const publicationTargetKey = [publicationTarget.publicationId, publicationTarget.containerId];

/** New connections go to the target. */
export async function publicationTargetReady(scope: SystemScope, publicationId: string, containerId: string): Promise<void> {
  const state = 'ready';
  await scope.db
    .insert(publicationTarget)
    .values({ publicationId, containerId, state })
    .onConflictDoUpdate({ target: publicationTargetKey, set: { state, drainUntil: null }, where: ne(publicationTarget.state, state) });
}

/**
 * No new connections go to the target; what it has ends by itself or, when `until` has come, by the edge. Said again it changes nothing:
 * the first word about the time stands. One that no edge was ever led to is drained as it is.
 */
export async function publicationTargetDrain(scope: SystemScope, publicationId: string, containerId: string, until: Date): Promise<void> {
  await scope.db
    .insert(publicationTarget)
    .values({ publicationId, containerId, state: 'drained' })
    .onConflictDoUpdate({
      target: publicationTargetKey,
      set: { state: 'draining', drainUntil: until },
      where: eq(publicationTarget.state, 'ready'),
    });
}

export function publicationsOfDeployment(scope: SystemScope, deploymentId: string): Promise<PublicationRow[]> {
  return scope.db.select().from(publication).where(eq(publication.deploymentId, deploymentId));
}

export function publicationTargets(scope: SystemScope, publicationIds: string[]): Promise<(typeof publicationTarget.$inferSelect)[]> {
  return scope.db.select().from(publicationTarget).where(inArray(publicationTarget.publicationId, publicationIds));
}

/** It leads there no more, at once: what ended serves nobody. */
export async function publicationTargetDelete(scope: SystemScope, publicationId: string, containerId: string): Promise<void> {
  await scope.db
    .delete(publicationTarget)
    .where(and(eq(publicationTarget.publicationId, publicationId), eq(publicationTarget.containerId, containerId)));
}

/** Ports that a deployment publishes no more. */
export async function publicationsDelete(scope: SystemScope, ids: string[]): Promise<void> {
  if (ids.length > 0) await scope.db.delete(publication).where(inArray(publication.id, ids));
}
