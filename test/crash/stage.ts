import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { imageAdopt } from '../../src/app/image-adopt.ts';
import { tenantCreate } from '../../src/app/tenant.ts';
import { databaseMigrate } from '../../src/db/migrate.ts';
import { tenantScope } from '../../src/db/scope.ts';
import { hostInsert } from '../../src/db/store/host.ts';
import type { Pace } from '../../src/domain/pace.ts';
import { appStart, type RunningApp } from '../../src/runtime/app-node.ts';
import { migrationsFolder } from '../../src/runtime/package.ts';
import { everyTenant } from '../../src/scheduler/filters/walls.ts';
import { sealOpen } from '../../src/vault/seal.ts';
import { fakeBlobs } from '../fakes/blobs.ts';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { until } from '../harness.ts';
import { databaseCreate } from '../setup/postgres.ts';

/** The product's ratios, several times as quick. */
const quickPace: Pace = {
  processBeatMs: 250,
  processLostMs: 1_500,
  hostKeepMs: 300,
  hostLeaseMs: 1_500,
  driverLeaseMs: 1_500,
  engineBeatMs: 200,
  hostLostMs: 1_200,
  roundMs: 300,
  listMs: 1_500,
};

const key = Buffer.alloc(32, 7).toString('base64');

/** A database, three fake engines with strangers on them, two tenants; processes of Berth come and go. */
export interface Stage {
  databaseUrl: string;
  sql: postgres.Sql;
  engines: FakeEngine[];
  tenantIds: string[];
  /** Containers that Berth did not make, by engine. */
  strangers: string[][];
  log: string[];
  appUp(step?: (name: string) => Promise<void>): Promise<RunningApp>;
  /** Empties the database and begins a new installation on the same engines. */
  begin(): Promise<void>;
  /** Waits until the process follows every engine. */
  appReady(running: RunningApp): Promise<void>;
  close(): Promise<void>;
}

/** A database with every table and no row. Making one takes longer than a whole story, so stories take turns with a few. */
export async function stageDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const database = await databaseCreate();
  await databaseMigrate(database.url, migrationsFolder);
  return database;
}

export async function stageUp(databaseUrl: string): Promise<Stage> {
  const seal = await sealOpen(key);
  const engines = await Promise.all([0, 1, 2].map(() => fakeEngineStart({ memoryBytes: 4 * 2 ** 30 })));
  const strangers = await Promise.all(engines.map(strangersMake));
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => undefined });
  const log: string[] = [];
  const line = (message: string, fields?: Record<string, unknown>) =>
    void log.push(`${new Date().toISOString()} ${message} ${JSON.stringify(fields ?? {})}`);
  const alive = new Set<RunningApp>();
  const stage: Stage = {
    ...{ databaseUrl, sql, engines, strangers, log, tenantIds: [] },
    async appUp(step) {
      const running = await appStart({
        ...{
          databaseUrl,
          seal,
          version: '0',
          placement: 'spread',
          registries: [],
          pace: quickPace,
          connections: 4,
          blobs: fakeBlobs(),
          step,
        },
        log: { info: line, warn: line, error: (message, error, fields) => line(message, { ...fields, error: String(error) }) },
      });
      const up = {
        app: running.app,
        stop: () => (alive.delete(up) ? running.stop() : Promise.resolve()),
        kill: () => (alive.delete(up) ? running.kill() : Promise.resolve()),
      };
      alive.add(up);
      return up;
    },
    appReady: ({ app }) =>
      until(
        () =>
          app.fleet.hosts().length === engines.length && app.fleet.hosts().every((host) => host.watch.live && host.row.state === 'ready'),
      ),
    async begin() {
      await sql`truncate installation, authority, process, tenant, host, image, tombstone cascade`;
      stage.tenantIds.length = 0;
      const first = await stage.appUp();
      for (const [index, engine] of engines.entries())
        await hostInsert(first.app.system, {
          name: `host-${index + 1}`,
          url: engine.url,
          sealedTls: null,
          labels: {},
          tenants: [everyTenant],
        });
      await stage.appReady(first);
      for (const name of ['red', 'blue']) {
        const { id } = await tenantCreate(first.app, name);
        const [host] = first.app.fleet.hosts();
        await imageAdopt(first.app, tenantScope(first.app.db, id), host?.row.id ?? '', 'busybox:latest', [
          { name: 'docker.io/library/busybox:latest', kind: 'tag' },
        ]);
        stage.tenantIds.push(id);
      }
      await first.stop();
    },
    async close() {
      // After a story that failed: what goes on would act on the tables of the next.
      for (const running of alive) await running.stop().catch(() => undefined);
      await sql.end();
      await Promise.all(engines.map((engine) => engine.stop()));
    },
  };
  await stage.begin();
  return stage;
}

/** Ends a process in the middle of what it does: no more calls to an engine, no more queries, nothing tidied up. */
export async function appKill({ app, kill }: RunningApp): Promise<void> {
  const never = () => new Promise<never>(() => undefined);
  for (const { watch } of app.fleet.hosts()) Object.assign(watch.engine, { json: never, stream: never, hijack: never });
  await kill();
}

/** One container of nobody, and one of another installation. */
async function strangersMake(engine: FakeEngine): Promise<string[]> {
  const ids: string[] = [];
  for (const labels of [
    {},
    { 'io.berth.installation': crypto.randomUUID(), 'io.berth.container': crypto.randomUUID(), 'io.berth.tenant': crypto.randomUUID() },
  ]) {
    const made = await engineCall<{ Id: string }>(engine, 'POST', `/containers/create?name=stranger-${randomBytes(3).toString('hex')}`, {
      Image: 'busybox',
      Cmd: ['top'],
      Labels: labels,
    });
    await engineCall(engine, 'POST', `/containers/${made.Id}/start`);
    ids.push(made.Id);
  }
  return ids;
}

/** A request past Berth, straight to an engine on a Unix socket. */
export async function engineCall<T>(engine: { url: string }, method: string, path: string, json?: unknown): Promise<T> {
  const { request } = await import('node:http');
  const body = json === undefined ? '' : JSON.stringify(json);
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const call = request(
    {
      socketPath: engine.url.slice('unix://'.length),
      method,
      path,
      headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
    },
    async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      if ((response.statusCode ?? 500) >= 400) reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
      else resolve((text === '' ? undefined : JSON.parse(text)) as T);
    },
  );
  call.on('error', reject);
  call.end(body);
  return promise;
}
