import { and, eq, like, sql } from 'drizzle-orm';
import type { ImageHistoryEntry } from '../../domain/image-config.ts';
import { container } from '../schema/container.ts';
import { deployment, revision } from '../schema/deployment.ts';
import { image, imageGrant, imageLocation, imageReference } from '../schema/image.ts';
import type { SystemScope, TenantScope } from '../scope.ts';
import { withinQuota } from '../within-quota.ts';

export interface ImageRow {
  id: string;
  document: unknown;
}

/** Records an image and where it was seen. Its document never changes, since the id is a digest of it. */
export async function imageRecord(scope: SystemScope, row: ImageRow & { history?: ImageHistoryEntry[] }, hostId: string): Promise<void> {
  await scope.db.insert(image).values(row).onConflictDoNothing();
  await imageLocated(scope, row.id, hostId);
}

export async function imageDocumentSet(scope: SystemScope, id: string, document: unknown): Promise<void> {
  await scope.db.update(image).set({ document }).where(eq(image.id, id));
}

export async function imageHistoryGet(scope: SystemScope, id: string): Promise<ImageHistoryEntry[] | null> {
  const [row] = await scope.db.select({ history: image.history }).from(image).where(eq(image.id, id));
  return row?.history ?? null;
}

export async function imageHistorySet(scope: SystemScope, id: string, history: ImageHistoryEntry[]): Promise<void> {
  await scope.db.update(image).set({ history }).where(eq(image.id, id));
}

/** Whoever has something brought to a host wants it: the sweep begins to count anew. */
export async function imageLocated(scope: SystemScope, imageId: string, hostId: string): Promise<void> {
  await scope.db
    .insert(imageLocation)
    .values({ imageId, hostId })
    .onConflictDoUpdate({ target: [imageLocation.imageId, imageLocation.hostId], set: { unusedSince: null } });
}

export async function imageMissing(scope: SystemScope, imageId: string, hostId: string): Promise<void> {
  await scope.db.delete(imageLocation).where(and(eq(imageLocation.imageId, imageId), eq(imageLocation.hostId, hostId)));
}

export async function imageHosts(scope: SystemScope, imageId: string): Promise<string[]> {
  const rows = await scope.db.select({ hostId: imageLocation.hostId }).from(imageLocation).where(eq(imageLocation.imageId, imageId));
  return rows.map((row) => row.hostId);
}

export async function imageGrantAdd(scope: TenantScope, imageId: string): Promise<void> {
  await withinQuota(() => scope.db.insert(imageGrant).values({ tenantId: scope.tenantId, imageId }).onConflictDoNothing());
}

/** Points a tenant's name at an image, moving it if it pointed elsewhere. */
export async function imageReferenceSet(scope: TenantScope, name: string, kind: 'tag' | 'digest', imageId: string): Promise<void> {
  await scope.db
    .insert(imageReference)
    .values({ tenantId: scope.tenantId, name, kind, imageId })
    .onConflictDoUpdate({ target: [imageReference.tenantId, imageReference.name], set: { imageId, kind } });
}

export async function imageReferenceDelete(scope: TenantScope, name: string): Promise<void> {
  await scope.db.delete(imageReference).where(and(eq(imageReference.tenantId, scope.tenantId), eq(imageReference.name, name)));
}

/** Ends a tenant's right to an image, with all its names for it. */
export async function imageForget(scope: TenantScope, imageId: string): Promise<void> {
  await scope.db.delete(imageReference).where(and(eq(imageReference.tenantId, scope.tenantId), eq(imageReference.imageId, imageId)));
  await scope.db.delete(imageGrant).where(and(eq(imageGrant.tenantId, scope.tenantId), eq(imageGrant.imageId, imageId)));
}

export async function imageByReference(scope: TenantScope, name: string): Promise<ImageRow | undefined> {
  const [row] = await scope.db
    .select({ id: image.id, document: image.document })
    .from(imageReference)
    .innerJoin(image, eq(image.id, imageReference.imageId))
    .where(and(eq(imageReference.tenantId, scope.tenantId), eq(imageReference.name, name)));
  return row;
}

/** By the beginning of the hex digest; at most two, so that the caller can tell an ambiguous prefix. */
export function imageByPrefix(scope: TenantScope, hexPrefix: string): Promise<ImageRow[]> {
  return scope.db
    .select({ id: image.id, document: image.document })
    .from(imageGrant)
    .innerJoin(image, eq(image.id, imageGrant.imageId))
    .where(and(eq(imageGrant.tenantId, scope.tenantId), like(image.id, `sha256:${hexPrefix}%`)))
    .limit(2);
}

export function imageList(scope: TenantScope): Promise<ImageRow[]> {
  return scope.db
    .select({ id: image.id, document: image.document })
    .from(imageGrant)
    .innerJoin(image, eq(image.id, imageGrant.imageId))
    .where(eq(imageGrant.tenantId, scope.tenantId));
}

export function imageReferences(scope: TenantScope): Promise<{ name: string; kind: 'tag' | 'digest'; imageId: string }[]> {
  return scope.db
    .select({ name: imageReference.name, kind: imageReference.kind, imageId: imageReference.imageId })
    .from(imageReference)
    .where(eq(imageReference.tenantId, scope.tenantId));
}

/** The tenant's deployments that have a revision with an image: each of these may be gone back to. */
export async function imageDeployments(scope: TenantScope, imageId: string): Promise<string[]> {
  const rows = await scope.db
    .selectDistinct({ name: deployment.name })
    .from(revision)
    .innerJoin(deployment, eq(deployment.id, revision.deploymentId))
    .where(and(eq(revision.tenantId, scope.tenantId), eq(deployment.tenantId, scope.tenantId), eq(revision.imageId, imageId)));
  return rows.map(({ name }) => name);
}

/** The tenant's living containers made from an image. */
export function imageUsers(scope: TenantScope, imageId: string): Promise<{ engineId: string | null }[]> {
  return scope.db
    .select({ engineId: container.engineId })
    .from(container)
    .where(and(eq(container.tenantId, scope.tenantId), eq(container.imageId, imageId), sql`${container.state} in ('creating', 'created')`));
}
