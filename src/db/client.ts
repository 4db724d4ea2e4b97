import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';
import { preparedClient } from './prepared-client.ts';

/** What queries are written against: the pool, or one transaction. */
export type Queries = PostgresJsDatabase;

/** The pool. */
export type Database = Queries & { $client: Sql };

export interface DatabaseClient {
  db: Database;
  url: string;
  /** For NOTIFY, which drizzle does not know. */
  sql: Sql;
  close(): Promise<void>;
}

export const casing = 'snake_case' as const;

/** The library would wait up to 20 s between two tries: for so long after its return a database would still be away. */
export function reconnectSeconds(retries: number): number {
  return Math.min(2 ** retries / 100, 0.5);
}

/** `max`: connections of this process. Nothing is sent before the first query. */
export function databaseOpen(url: string, options: { max?: number; fetchTypes?: boolean } = {}): DatabaseClient {
  const sql = postgres(url, {
    max: options.max ?? 10,
    fetch_types: options.fetchTypes ?? false,
    onnotice: () => {},
    backoff: reconnectSeconds,
    connection: { application_name: 'berth' },
  });
  const db = Object.assign(drizzle(preparedClient(sql), { casing }), { $client: sql });
  return { db, url, sql, close: () => sql.end({ timeout: 5 }) };
}
