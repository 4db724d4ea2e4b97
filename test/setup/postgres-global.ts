import { join } from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { postgresStart } from '../../src/runtime/local/postgres.ts';
import { processAlive } from '../../src/runtime/local/process.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

/** One embedded PostgreSQL for every run in this clone at the same time; the last to end stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await postgresStart({ dataDir: join(import.meta.dirname, '../../.berth/test'), log: (line) => console.error(line) });
  await deadDatabasesDrop(server.url);
  project.provide('postgresUrl', server.url);
  return () => server.stop();
}

/** A killed run drops nothing; its databases carry its pid. */
async function deadDatabasesDrop(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  for (const { datname } of await sql<{ datname: string }[]>`select datname from pg_database where datname like 'test\\_%'`) {
    const pid = Number(datname.split('_')[1]);
    if (!(await processAlive(pid))) await sql`drop database if exists ${sql(datname)} with (force)`;
  }
  await sql.end();
}
