import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DatabaseClient, databaseOpen } from '../../src/db/client.ts';
import { databaseMigrate } from '../../src/db/migrate.ts';
import { type SystemScope, systemScope } from '../../src/db/scope.ts';
import { hostInsert, hostKeep, hostList, hostLost, hostSeen } from '../../src/db/store/host.ts';
import { migrationsFolder } from '../../src/runtime/package.ts';
import { databaseCreate } from '../setup/postgres.ts';

const leaseMs = 60_000;
const [keeper, other] = [crypto.randomUUID(), crypto.randomUUID()];

let database: Awaited<ReturnType<typeof databaseCreate>>;
let client: DatabaseClient;
let system: SystemScope;
let id: string;

beforeAll(async () => {
  database = await databaseCreate();
  await databaseMigrate(database.url, migrationsFolder);
  client = databaseOpen(database.url);
  system = systemScope(client.db);
  ({ id } = await hostInsert(system, { name: 'host-1', url: 'tcp://10.0.0.1:2376', sealedTls: null, labels: {} }));
});
beforeEach(async () => {
  await hostSeen(system, id, {});
  expect(await hostKeep(system, id, keeper, leaseMs)).toBe(true);
});
afterAll(async () => {
  await client.close();
  await database.drop();
});

const stateOf = async () => (await hostList(system))[0]?.state;

describe('a silent host', () => {
  it('is given up by the process that keeps it', async () => {
    expect(await hostLost(system, id, keeper)).toBe(true);
    expect(await stateOf()).toBe('lost');
  });

  it('is not given up by a process that has not got it', async () => {
    expect(await hostLost(system, id, other)).toBe(false);
    expect(await stateOf()).toBe('ready');
  });

  it('is not given up by a process that stood still until its lease was over', async () => {
    await client.db.execute(sql`update host set keeper_until = now() - interval '1 second'`);
    expect(await hostLost(system, id, keeper)).toBe(false);
    expect(await stateOf()).toBe('ready');
  });
});
