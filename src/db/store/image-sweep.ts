import { and, eq, isNotNull, isNull, lt, not, type SQL, sql } from 'drizzle-orm';
import { imageLocation } from '../schema/image.ts';
import type { SystemScope } from '../scope.ts';

/** Whoever holds an image: a tenant's right to it, a living container, a step of a build's cache, a revision or a job to come back to, a run from before its job was changed. */
const held: SQL = sql`(
  exists (select from image_grant g where g.image_id = ${imageLocation.imageId})
  or exists (select from build_cache b where b.layers_id = ${imageLocation.imageId})
  or exists (select from container c where c.image_id = ${imageLocation.imageId} and c.state <> 'removed')
  or exists (select from revision r where r.image_id = ${imageLocation.imageId})
  or exists (select from job j where j.image_id = ${imageLocation.imageId})
  or exists (select from job_run n where n.image_id = ${imageLocation.imageId} and n.state in ('pending', 'running')))`;

/**
 * Ids of the images on a host that nobody has held for so long, as far as it was looked at. What is held by nobody is noted when that is
 * first seen, so that what is just being brought there has time to become somebody's.
 */
export async function imagesUnused(scope: SystemScope, hostId: string, unusedMs: number): Promise<string[]> {
  const here = eq(imageLocation.hostId, hostId);
  await scope.db
    .update(imageLocation)
    .set({ unusedSince: null })
    .where(and(here, isNotNull(imageLocation.unusedSince), held));
  await scope.db
    .update(imageLocation)
    .set({ unusedSince: sql`now()` })
    .where(and(here, isNull(imageLocation.unusedSince), not(held)));
  const rows = await scope.db
    .select({ id: imageLocation.imageId })
    .from(imageLocation)
    .where(and(here, unusedFor(unusedMs)));
  return rows.map(({ id }) => id);
}

/** Whether that is so still, a moment before the image goes; whoever claims it has as long again. */
export async function imageUnusedClaim(scope: SystemScope, imageId: string, hostId: string, unusedMs: number): Promise<boolean> {
  const rows = await scope.db
    .update(imageLocation)
    .set({ unusedSince: sql`now()` })
    .where(and(eq(imageLocation.imageId, imageId), eq(imageLocation.hostId, hostId), unusedFor(unusedMs), not(held)))
    .returning({ id: imageLocation.imageId });
  return rows.length > 0;
}

function unusedFor(unusedMs: number): SQL {
  return lt(imageLocation.unusedSince, sql`now() - make_interval(secs => ${unusedMs / 1_000})`);
}

/** An image left a host; with the last one its own row goes, unless somebody has it again. */
export async function imageLeft(scope: SystemScope, imageId: string, hostId: string): Promise<void> {
  await scope.db.delete(imageLocation).where(and(eq(imageLocation.imageId, imageId), eq(imageLocation.hostId, hostId)));
  await scope.db.execute(sql`
    delete from image i where i.id = ${imageId}
      and not exists (select from image_location l where l.image_id = i.id) and not exists (select from image_grant g where g.image_id = i.id)
      and not exists (select from image_reference n where n.image_id = i.id) and not exists (select from build_cache b where b.layers_id = i.id)`);
}
