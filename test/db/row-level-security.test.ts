import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseClient, databaseOpen } from '../../src/db/client.ts';
import { databaseMigrate } from '../../src/db/migrate.ts';
import { volume } from '../../src/db/schema/network.ts';
import { scopeTransaction, systemScope, type TenantScope, tenantScope } from '../../src/db/scope.ts';
import { tenantInsert } from '../../src/db/store/tenant.ts';
import { volumeEnsure } from '../../src/db/store/volume.ts';
import { migrationsFolder } from '../../src/runtime/package.ts';
import { databaseCreate } from '../setup/postgres.ts';

let database: Awaited<ReturnType<typeof databaseCreate>>;
let client: DatabaseClient;
let red: TenantScope;
let blue: TenantScope;

beforeAll(async () => {
  database = await databaseCreate();
  await databaseMigrate(database.url, migrationsFolder);
  client = databaseOpen(database.url);
  const system = systemScope(client.db);
  red = tenantScope(client.db, (await tenantInsert(system, 'red')).id);
  blue = tenantScope(client.db, (await tenantInsert(system, 'blue')).id);
  for (const scope of [red, blue]) await volumeEnsure(scope, volumeOf('data'));
});
afterAll(async () => {
  await client.close();
  await database.drop();
});

function volumeOf(name: string) {
  const id = crypto.randomUUID();
  return { id, name, engineName: `berth-${id}`, groupId: null, anonymous: false, labels: {} };
}

describe('a query whose tenant filter was forgotten', () => {
  it('reads its own rows only', async () => {
    const rows = await red.db.select().from(volume);
    expect(rows.map((row) => row.tenantId)).toEqual([red.tenantId]);
  });

  it('changes and deletes no other row', async () => {
    const changed = await red.db.update(volume).set({ anonymous: true }).returning();
    expect(changed.map((row) => row.tenantId)).toEqual([red.tenantId]);
    await scopeTransaction(red, async (tx) => {
      await tx.db.delete(volume);
      await volumeEnsure(tx, volumeOf('data'));
    });
    expect(await blue.db.select().from(volume)).toHaveLength(1);
  });

  it('sees nothing through raw SQL either', async () => {
    const [row] = await red.db.execute<{ count: string }>(sql`select count(*) from volume where tenant_id = ${blue.tenantId}`);
    expect(row?.count).toBe('0');
  });
});

describe('a tenant scope', () => {
  it('cannot write a row into another tenant', async () => {
    const stray = { ...volumeOf('stray'), tenantId: blue.tenantId };
    await expect(red.db.insert(volume).values(stray)).rejects.toThrow();
  });

  it('cannot touch what belongs to the installation', async () => {
    for (const table of ['host', 'authority', 'installation', 'process']) {
      await expect(red.db.execute(sql`select * from ${sql.identifier(table)}`), table).rejects.toThrow();
    }
  });

  it('leaves nothing of itself on the connection', async () => {
    await Promise.all(Array.from({ length: 30 }, (_, i) => (i % 2 ? red : blue).db.select().from(volume)));
    const [row] = await client.db.execute<{ role: string; tenant: string | null }>(
      sql`select current_setting('role') as role, current_setting('berth.tenant', true) as tenant`,
    );
    expect(row?.role).toBe('none');
    expect(row?.tenant ?? '').toBe('');
  });

  it('needs a tenant', () => {
    expect(() => tenantScope(client.db, '')).toThrow('needs a tenant');
  });
});
