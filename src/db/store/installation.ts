import { eq, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm';
import { authority, installation, process } from '../schema/installation.ts';
import type { SystemScope } from '../scope.ts';

/** The id of this installation, made at the first call. */
export async function installationId(scope: SystemScope): Promise<string> {
  await scope.db.insert(installation).values({}).onConflictDoNothing();
  const [row] = await scope.db.select({ id: installation.id }).from(installation);
  if (!row) throw new Error('the installation row vanished');
  return row.id;
}

export async function wrappedKeyGet(scope: SystemScope): Promise<Uint8Array | undefined> {
  const [row] = await scope.db.select({ wrappedKey: installation.wrappedKey }).from(installation);
  return row?.wrappedKey ?? undefined;
}

/** The first writer wins; every process then reads the same one. */
export async function wrappedKeyInsert(scope: SystemScope, wrappedKey: Uint8Array): Promise<void> {
  await installationId(scope);
  await scope.db.update(installation).set({ wrappedKey }).where(isNull(installation.wrappedKey));
}

export type AuthorityRow = typeof authority.$inferSelect;

export async function authorityGet(scope: SystemScope, purpose: AuthorityRow['purpose']): Promise<AuthorityRow | undefined> {
  const [row] = await scope.db.select().from(authority).where(eq(authority.purpose, purpose));
  return row;
}

/** The first writer wins; every process then reads the same one. */
export async function authorityInsert(scope: SystemScope, row: AuthorityRow): Promise<void> {
  await scope.db.insert(authority).values(row).onConflictDoNothing();
}

export async function processBeat(scope: SystemScope, id: string): Promise<void> {
  await scope.db
    .insert(process)
    .values({ id })
    .onConflictDoUpdate({ target: process.id, set: { seenAt: sql`now()` } });
}

/** A subquery: ids of the processes that were seen within this time. Others are dead, and what they had begun may be finished by anyone. */
export function livingProcesses(lostMs: number): SQL {
  return sql`select ${process.id} from ${process} where ${process.seenAt} > now() - make_interval(secs => ${lostMs / 1000})`;
}

export async function processEnd(scope: SystemScope, id: string): Promise<void> {
  await scope.db.delete(process).where(inArray(process.id, [id]));
  await scope.db.delete(process).where(lt(process.seenAt, sql`now() - interval '1 day'`));
}
