import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bus, busOpen } from '../../src/db/bus.ts';
import { databaseOpen } from '../../src/db/client.ts';
import { databaseCreate } from '../setup/postgres.ts';

let database: Awaited<ReturnType<typeof databaseCreate>>;
let clients: ReturnType<typeof databaseOpen>[];
let one: Bus;
let other: Bus;
/** Longer than a test may take: what resolves was told. */
const neverMs = 600_000;

beforeAll(async () => {
  database = await databaseCreate();
  clients = [databaseOpen(database.url, { max: 2 }), databaseOpen(database.url, { max: 2 })];
  [one, other] = (await Promise.all(clients.map((client) => busOpen(client, crypto.randomUUID())))) as [Bus, Bus];
});
afterAll(async () => {
  await Promise.all([one, other].map((bus) => bus?.close()));
  await Promise.all((clients ?? []).map((client) => client.close()));
  await database?.drop();
});

describe('a wait for a notice', () => {
  it('ends when another process tells of one of its keys', async () => {
    const told = one.told('row:thing', ['a', 'b'], neverMs);
    other.publish('row:thing', 'b');
    await told;
  });

  it('goes on when another key or another topic is told of', async () => {
    let woken = false;
    void one.told('row:thing', ['a'], neverMs).then(() => (woken = true));
    const last = one.told('row:thing', ['last'], neverMs);
    other.publish('row:other', 'a');
    other.publish('row:thing', 'b');
    other.publish('row:thing', 'last');
    await last;
    expect(woken).toBe(false);
  });

  it('ends by itself after its time, since a notice can be lost', async () => {
    await one.told('row:thing', ['a'], 1);
  });
});

describe('a barrier', () => {
  it('is not passed at once by a process that has just begun to listen, since it knows no peer yet', async () => {
    const client = databaseOpen(database.url, { max: 2 });
    const late = await busOpen(client, crypto.randomUUID());
    const asked = performance.now();
    await late.barrier();
    expect(performance.now() - asked).toBeGreaterThan(45);
    await late.close();
    await client.close();
  });
});
