import { and, asc, eq, getTableColumns, inArray, isNotNull, isNull, lt, notInArray, or, type SQL, sql } from 'drizzle-orm';
import { build, buildCache, buildContainer } from '../schema/build.ts';
import { container } from '../schema/container.ts';
import type { SystemScope, TenantScope } from '../scope.ts';
import { type ContainerRow, containerColumns } from './container.ts';
import { livingProcesses } from './installation.ts';

export type BuildRow = typeof build.$inferSelect;
type BuildCacheRow = typeof buildCache.$inferSelect;

export async function buildInsert(scope: TenantScope, row: Pick<BuildRow, 'id' | 'hostId' | 'processId'>): Promise<void> {
  await scope.db.insert(build).values({ ...row, tenantId: scope.tenantId });
}

/** It is over, and whatever it kept is the tenant's. */
export async function buildDelete(scope: TenantScope, id: string): Promise<void> {
  await scope.db.delete(build).where(and(eq(build.tenantId, scope.tenantId), eq(build.id, id)));
}

/** With a container's own row, in its transaction. */
export async function buildContainerInsert(scope: TenantScope, buildId: string, containerId: string): Promise<void> {
  await scope.db.insert(buildContainer).values({ buildId, containerId, tenantId: scope.tenantId });
}

/** Builds of processes that are gone, and of this one, which knows by itself what it has under way. */
export function buildsAbandoned(scope: SystemScope, lostMs: number, processId: string): Promise<BuildRow[]> {
  return scope.db
    .select()
    .from(build)
    .where(or(eq(build.processId, processId), sql`${build.processId} not in (${livingProcesses(lostMs)})`));
}

/** What is left of a build's containers. */
export function buildContainers(scope: TenantScope, buildId: string): Promise<ContainerRow[]> {
  return scope.db
    .select(containerColumns)
    .from(buildContainer)
    .innerJoin(container, eq(container.id, buildContainer.containerId))
    .where(
      and(
        eq(buildContainer.tenantId, scope.tenantId),
        eq(buildContainer.buildId, buildId),
        eq(container.tenantId, scope.tenantId),
        inArray(container.state, ['creating', 'created', 'removing']),
      ),
    );
}

export interface BuildCached {
  config: string;
  layersId: string | null;
  imageId: string | null;
  parentId: string | null;
  layerBytes: number;
}

const cachedColumns = {
  ...{ config: buildCache.config, layersId: buildCache.layersId, imageId: buildCache.imageId, parentId: buildCache.parentId },
  layerBytes: buildCache.layerBytes,
};

export async function buildCacheGet(scope: TenantScope, key: string): Promise<BuildCached | undefined> {
  const [row] = await scope.db
    .update(buildCache)
    .set({ usedAt: sql`now()`, uses: sql`${buildCache.uses} + 1` })
    .where(and(eq(buildCache.tenantId, scope.tenantId), eq(buildCache.key, key)))
    .returning(cachedColumns);
  return row;
}

export async function buildCacheSet(scope: TenantScope, key: string, cached: BuildCached): Promise<void> {
  await scope.db
    .insert(buildCache)
    .values({ ...cached, key, tenantId: scope.tenantId })
    .onConflictDoUpdate({ target: [buildCache.tenantId, buildCache.key], set: { ...cached, usedAt: sql`now()` } });
}

export type BuildStep = Omit<BuildCacheRow, 'tenantId' | 'imageId'> & {
  imageId: string;
  /** A build under way may rely on it. */
  inUse: boolean;
};

/** What the tenant's cache knows of steps, the oldest first. A step that was reached in two ways is told twice. */
export async function buildSteps(scope: TenantScope, seconds: number): Promise<BuildStep[]> {
  const { tenantId: _, ...columns } = getTableColumns(buildCache);
  const rows = await scope.db
    .select({
      ...columns,
      inUse: sql<boolean>`not ${idle(scope, seconds)}`,
    })
    .from(buildCache)
    .where(and(eq(buildCache.tenantId, scope.tenantId), isNotNull(buildCache.imageId)))
    .orderBy(asc(buildCache.createdAt), asc(buildCache.key));
  return rows.map((row) => ({ ...row, imageId: row.imageId as string }));
}

/** Not used since `seconds` before the first of the builds under way began. */
function idle({ tenantId }: TenantScope, seconds: number): SQL {
  return sql`(${buildCache.usedAt} < coalesce((select min(${build.createdAt}) - make_interval(secs => ${seconds}) from ${build} where ${build.tenantId} = ${tenantId}), now() + interval '1 day'))`;
}

/**
 * Forgets the tenant's cache, but for what a build under way may rely on, which used it at most `seconds` before it began, what was used
 * since `before` (null: whenever), and the steps that came to these images (`kept`). Layers that nobody holds any more leave their hosts by the sweep of images.
 */
export async function buildCacheClear(
  scope: TenantScope,
  seconds: number,
  { before, kept }: { before: Date | null; kept: string[] },
): Promise<void> {
  await scope.db
    .delete(buildCache)
    .where(
      and(
        eq(buildCache.tenantId, scope.tenantId),
        idle(scope, seconds),
        before === null ? undefined : lt(buildCache.usedAt, before),
        kept.length === 0 ? undefined : or(isNull(buildCache.imageId), notInArray(buildCache.imageId, kept)),
      ),
    );
}

/** Forgets what nobody has used for so long, of all tenants. */
export async function buildCacheExpire(scope: SystemScope, days: number): Promise<void> {
  await scope.db.delete(buildCache).where(sql`${buildCache.usedAt} < now() - make_interval(days => ${days})`);
}
