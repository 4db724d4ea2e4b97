import { drizzle } from 'drizzle-orm/postgres-js';
import { casing, type Database, type Queries } from './client.ts';
import { tenantClient } from './tenant-client.ts';

declare const tenantBrand: unique symbol;
declare const systemBrand: unique symbol;

/** A database as one tenant may see it: the first argument of every store function that touches a tenant's rows. */
export interface TenantScope {
  readonly db: Queries;
  readonly tenantId: string;
  readonly [tenantBrand]: true;
}

/** A database as Berth itself sees it: credential lookup, placement, observation, reconciling. */
export interface SystemScope {
  readonly db: Database;
  readonly [systemBrand]: true;
}

/** Behind the filter in each store function stands row-level security: through this scope Postgres shows no other tenant's rows. */
export function tenantScope(db: Database, tenantId: string): TenantScope {
  if (tenantId === '') throw new Error('a tenant scope needs a tenant');
  let queries: Queries | undefined;
  return {
    // Made for the first query: most calls are answered from memory.
    get db() {
      queries ??= drizzle(tenantClient(db.$client, tenantId), { casing });
      return queries;
    },
    tenantId,
  } as unknown as TenantScope;
}

/** For work of ours that makes a tenant and its first rows in one transaction. */
export function tenantScopeWithin(scope: SystemScope, tenantId: string): TenantScope {
  return { db: scope.db, tenantId } as unknown as TenantScope;
}

export function systemScope(db: Database): SystemScope {
  return { db } as SystemScope;
}

/** Runs `work` in one transaction under the same scope. A tenant scope opened inside is on a connection of its own: see tenantScopeWithin. */
export function scopeTransaction<S extends TenantScope | SystemScope, T>(scope: S, work: (scope: S) => Promise<T>): Promise<T> {
  const { $client } = scope.db as Database;
  return scope.db.transaction((tx) => work({ ...scope, db: Object.assign(tx, { $client }) }));
}

/** The name of the unique constraint an insert or update ran into, or null for any other failure. */
export function uniqueViolation(error: unknown): string | null {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const { code, constraint_name: name } = e as { code?: string; constraint_name?: string };
    if (code === '23505') return name ?? '';
  }
  return null;
}
