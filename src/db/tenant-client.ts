import type { ParameterOrJSON, Sql, TransactionSql } from 'postgres';
import { preparedTransaction, queryOptions } from './prepared-client.ts';

type Parameters = ParameterOrJSON<never>[];

/**
 * A driver that sees one tenant's rows: each query runs in a transaction that first becomes the role `berth_tenant` and names the
 * tenant, which is what the row-level policies look at. Both statements go out together. It has the part of postgres.js that
 * drizzle's session calls (drizzle-orm/postgres-js/session.js): `options`, `unsafe` and `begin`.
 */
export function tenantClient(sql: Sql, tenantId: string): Sql {
  const enter = (tx: TransactionSql) =>
    tx
      .unsafe(`select set_config('role', 'berth_tenant', true), set_config('berth.tenant', $1, true)`, [tenantId], queryOptions([tenantId]))
      .execute();

  const run = (query: string, parameters: Parameters, array: boolean) =>
    sql.begin(async (tx) => {
      const entered = enter(tx);
      const asked = tx.unsafe(query, parameters, queryOptions(parameters));
      const [, rows] = await Promise.all([entered, array ? asked.values() : asked]);
      return rows;
    });

  const client = {
    options: sql.options,
    // Run once, in the form it is awaited in.
    unsafe: (query: string, parameters: Parameters) => ({
      values: () => run(query, parameters, true),
      // biome-ignore lint/suspicious/noThenProperty: a query of postgres.js is awaited itself
      then: (resolve: (rows: unknown) => unknown, reject: (error: unknown) => unknown) =>
        run(query, parameters, false).then(resolve, reject),
    }),
    begin: (work: (tx: TransactionSql) => Promise<unknown>) =>
      sql.begin(async (tx) => {
        await enter(tx);
        return work(preparedTransaction(tx));
      }),
  };
  return client as unknown as Sql;
}
