import { sql } from 'drizzle-orm';
import type { SystemScope } from './scope.ts';

/** Asks for nothing. Throws when the database cannot be reached. */
export async function databasePing(scope: SystemScope): Promise<void> {
  await scope.db.execute(sql`select 1`);
}
