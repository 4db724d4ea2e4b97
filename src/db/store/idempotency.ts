import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import { idempotency } from '../schema/deployment.ts';
import type { TenantScope } from '../scope.ts';

export type IdempotencyRow = typeof idempotency.$inferSelect;

const keptHours = 24;
/** Whoever works on a request says so by renewing its row; after so long without it, that process is gone. */
const abandonedSeconds = 10;

/** Takes a key for a request, also from a process that is gone. Undefined: it is this caller's; else what is known of it. */
export async function idempotencyClaim(scope: TenantScope, key: string, digest: string): Promise<IdempotencyRow | undefined> {
  const own = and(eq(idempotency.tenantId, scope.tenantId), eq(idempotency.key, key));
  await scope.db
    .delete(idempotency)
    .where(and(eq(idempotency.tenantId, scope.tenantId), lt(idempotency.createdAt, sql`now() - make_interval(hours => ${keptHours})`)));
  const made = await scope.db
    .insert(idempotency)
    .values({ tenantId: scope.tenantId, key, digest })
    .onConflictDoNothing()
    .returning({ key: idempotency.key });
  if (made.length > 0) return undefined;
  const taken = await scope.db
    .update(idempotency)
    .set({ createdAt: sql`now()` })
    .where(
      and(
        own,
        eq(idempotency.digest, digest),
        isNull(idempotency.status),
        lt(idempotency.createdAt, sql`now() - make_interval(secs => ${abandonedSeconds})`),
      ),
    )
    .returning({ key: idempotency.key });
  if (taken.length > 0) return undefined;
  const [row] = await scope.db.select().from(idempotency).where(own);
  // It was given up in between: once more.
  return row ?? idempotencyClaim(scope, key, digest);
}

/** Still at work on it. */
export async function idempotencyRenew(scope: TenantScope, key: string): Promise<void> {
  await scope.db
    .update(idempotency)
    .set({ createdAt: sql`now()` })
    .where(and(eq(idempotency.tenantId, scope.tenantId), eq(idempotency.key, key), isNull(idempotency.status)));
}

/** Keeps the answer for whoever asks again. */
export async function idempotencyAnswer(scope: TenantScope, key: string, status: number, response: unknown): Promise<void> {
  await scope.db
    .update(idempotency)
    .set({ status, response, createdAt: sql`now()` })
    .where(and(eq(idempotency.tenantId, scope.tenantId), eq(idempotency.key, key)));
}

/** Nothing came of it: the key is free again. */
export async function idempotencyFree(scope: TenantScope, key: string): Promise<void> {
  await scope.db
    .delete(idempotency)
    .where(and(eq(idempotency.tenantId, scope.tenantId), eq(idempotency.key, key), isNull(idempotency.status)));
}
