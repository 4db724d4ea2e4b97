import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { databaseCreate } from '../setup/postgres.ts';

describe('a database of a test', () => {
  it('is fresh, its own, and gone once dropped', async () => {
    const [one, two] = await Promise.all([databaseCreate(), databaseCreate()]);
    const first = postgres(one.url, { max: 1 });
    const second = postgres(two.url, { max: 1 });
    await first`create table t (n int)`;
    expect(await second`select count(*)::int as tables from pg_tables where schemaname = 'public'`).toEqual([{ tables: 0 }]);
    await Promise.all([first.end(), second.end()]);
    await Promise.all([one.drop(), two.drop()]);
    await expect(postgres(one.url, { max: 1 })`select 1`).rejects.toThrow('does not exist');
  });
});
