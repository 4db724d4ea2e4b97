import type { ParameterOrJSON, Sql, TransactionSql } from 'postgres';

type Parameters = ParameterOrJSON<never>[];

/** A list of unlike lengths is as many statements as lengths: those beyond this are not kept. */
const parametersMost = 32;

/**
 * Has a connection keep the statements that it has sent once: drizzle asks for that by name only, and without it the driver asks for
 * the types of each query's parameters before it sends them, a round trip and a plan every time. A pooler between that cannot keep
 * statements needs `?prepare=false` in the URL.
 */
export function queryOptions(parameters: Parameters): { prepare: boolean } {
  return { prepare: parameters.length <= parametersMost };
}

/** A driver whose queries are prepared; it has the part of postgres.js that drizzle calls (drizzle-orm/postgres-js/session.js). */
export function preparedClient(sql: Sql): Sql {
  const client = {
    ...queriesOf(sql),
    options: sql.options,
    begin: (work: (tx: TransactionSql) => Promise<unknown>) => sql.begin((tx) => work(preparedTransaction(tx))),
  };
  return client as unknown as Sql;
}

export function preparedTransaction(tx: TransactionSql): TransactionSql {
  const client = {
    ...queriesOf(tx),
    savepoint: (work: (inner: TransactionSql) => Promise<unknown>) => tx.savepoint((inner) => work(preparedTransaction(inner))),
  };
  return client as unknown as TransactionSql;
}

function queriesOf(sql: Sql | TransactionSql) {
  return {
    unsafe: (query: string, parameters: Parameters = []) => sql.unsafe(query, parameters, queryOptions(parameters)),
  };
}
