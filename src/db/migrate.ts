import { sql } from 'drizzle-orm';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

/** Any number, the same for every Berth: two servers starting at once must not migrate at once. */
const lockKey = 0x626572;

/**
 * Brings the database up to `folder`. Throws where drizzle would be silent: a journal whose times do not increase makes
 * its migrator skip an entry (drizzle-orm issue 5769), so what was applied is compared with what there is.
 */
export async function databaseMigrate(url: string, folder: string): Promise<void> {
  const entries = readMigrationFiles({ migrationsFolder: folder });
  journalCheck(entries);
  const client = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const db = drizzle(client);
    await db.execute(sql`select pg_advisory_lock(${lockKey})`);
    await migrate(db, { migrationsFolder: folder });
    const applied = await db.execute<{ hash: string }>(sql`select hash from drizzle.__drizzle_migrations`);
    const hashes = new Set(applied.map((row) => row.hash));
    const skipped = entries.filter((entry) => !hashes.has(entry.hash));
    if (skipped.length > 0)
      throw new Error(`${skipped.length} migrations of ${folder} were not applied: their times lie before the last applied one`);
  } finally {
    await client.end();
  }
}

function journalCheck(entries: MigrationMeta[]): void {
  for (const [i, entry] of entries.entries()) {
    const before = entries[i - 1];
    if (before && before.folderMillis >= entry.folderMillis) throw new Error(`migration ${i} is not younger than the one before it`);
  }
}
