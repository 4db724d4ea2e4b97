import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { casing } from '../../src/db/client.ts';
import { databaseMigrate } from '../../src/db/migrate.ts';
import { systemScope, type TenantScope, tenantScopeWithin } from '../../src/db/scope.ts';
import { migrationsFolder } from '../../src/runtime/package.ts';
import { databaseCreate } from '../setup/postgres.ts';

const stores = join(import.meta.dirname, '../../src/db/store');
const uuid = '00000000-0000-4000-8000-000000000001';
const hex = 'a'.repeat(64);

let database: Awaited<ReturnType<typeof databaseCreate>>;
let sql: postgres.Sql;
let queries: { query: string; params: unknown[] }[] = [];
let scope: TenantScope;
let tenantTables: Set<string>;

beforeAll(async () => {
  database = await databaseCreate();
  await databaseMigrate(database.url, migrationsFolder);
  sql = postgres(database.url, { max: 2, onnotice: () => {} });
  const logger: Logger = { logQuery: (query, params) => void queries.push({ query, params }) };
  // As the owner of the tables, so that row-level security adds no filter of its own: the functions must bring theirs.
  scope = tenantScopeWithin(systemScope(drizzle(sql, { casing, logger })), uuid);
  const rows = await sql<
    { table_name: string }[]
  >`select table_name from information_schema.columns where column_name = 'tenant_id' and table_schema = 'public'`;
  tenantTables = new Set(rows.map((row) => row.table_name));
});

afterAll(async () => {
  await sql?.end();
  await database?.drop();
});

interface Plan {
  'Relation Name'?: string;
  Plans?: Plan[];
  [condition: string]: unknown;
}

async function planOf(query: string, params: unknown[]): Promise<Plan> {
  const [row] = await sql.unsafe(`explain (format json) ${query}`, params as never[]);
  return (row as unknown as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'][0].Plan;
}

/** Scans of a tenant's table that no tenant id narrows, in the plan itself: what the planner does, not what the query looks like. */
function unfiltered(plan: Plan): string[] {
  const table = plan['Relation Name'];
  const conditions = ['Index Cond', 'Filter', 'Recheck Cond', 'Hash Cond', 'Join Filter', 'TID Cond']
    .map((name) => plan[name] ?? '')
    .join(' ');
  const scans = String(plan['Node Type']).includes('Scan');
  const bare = scans && table !== undefined && tenantTables.has(table) && !conditions.includes('tenant_id') ? [table] : [];
  return [...bare, ...(plan.Plans ?? []).flatMap(unfiltered)];
}

/** Every exported store function whose first argument is a tenant's scope, found in the sources: none can be forgotten. */
const functions = readdirSync(stores).flatMap((file) =>
  [...readFileSync(join(stores, file), 'utf8').matchAll(/export (?:async )?function (\w+)\(\s*scope: TenantScope([^{]*?)\)\s*:/g)].map(
    (match) => ({
      file,
      name: match[1] as string,
      parameters: match[2] as string,
    }),
  ),
);

/** Something of the type of each parameter. Rows do not exist: plans are the same. */
const values: [RegExp, unknown][] = [
  [/\b(networkId|engineId|imageId|name|key|hexPrefix|serial|reference|protocol|address)\??: string/, hex],
  [/: string \| null/, null],
  [/: string\[\]/, [uuid]],
  [/: string/, uuid],
  [/: number/, 1],
  [/: bigint/, 1n],
  [/: boolean/, true],
  [/: Date/, new Date(0)],
  [/kind: /, 'scale'],
];

function argumentOf(parameter: string): unknown {
  if (/: EventFilter$/.test(parameter)) return { types: null, actions: null, container: null, deployment: null };
  if (/^\w+\??:\s*(\{|(Pick|Omit|Partial)<|[A-Z](?!ate)\w*$)/.test(parameter)) return anything;
  const found = values.find(([pattern]) => pattern.test(parameter));
  return found ? found[1] : anything;
}

/** Any row: a number where a column is one, else an id. */
const anything: Record<string, unknown> = new Proxy(
  {},
  {
    get: (_, name) =>
      /^(then|toJSON)$/.test(String(name)) || typeof name === 'symbol'
        ? undefined
        : /epoch|slot|version|number|revision|restarts|port|bytes|cpus|count|ms$/i.test(name)
          ? 1
          : uuid,
  },
);

function parametersOf(text: string): string[] {
  let depth = 0;
  const parts = [''];
  for (const letter of text.replace(/^\s*,/, '')) {
    if ('{<(['.includes(letter)) depth++;
    if ('}>)]'.includes(letter)) depth--;
    if (letter === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

describe('a store function of a tenant', () => {
  it('is found in the sources', () => {
    expect(functions.length).toBeGreaterThan(30);
    console.log(`query plans: ${functions.length} functions`);
  });

  for (const { file, name, parameters } of functions) {
    it(`touches no row of another tenant in any plan: ${file} ${name}`, async () => {
      const store = await import(join(stores, file));
      queries = [];
      // A row that is not there, or a key that points nowhere, may be an error; the query is what is looked at.
      await Promise.resolve(store[name](scope, ...parametersOf(parameters).map(argumentOf))).catch(() => {});
      expect(queries.length).toBeGreaterThan(0);
      for (const { query, params } of queries) {
        if (!/^\s*(select|insert|update|delete|with)\b/i.test(query)) continue;
        expect(unfiltered(await planOf(query, params)), query).toEqual([]);
      }
    });
  }

  it('would be seen if it forgot: the same query without its tenant', async () => {
    expect(unfiltered(await planOf('select * from container where id = $1', [uuid]))).toEqual(['container']);
  });
});
