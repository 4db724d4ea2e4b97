import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { auditMake } from '../../src/app/audit.ts';
import { engineSideMake } from '../../src/app/host-admin-engine.ts';
import { tenantCreate } from '../../src/app/tenant.ts';
import { authenticatorMake } from '../../src/auth/authenticate.ts';
import { tokenMint } from '../../src/auth/token.ts';
import { databaseOpen } from '../../src/db/client.ts';
import { databaseMigrate } from '../../src/db/migrate.ts';
import { image } from '../../src/db/schema/image.ts';
import { systemScope, tenantScope } from '../../src/db/scope.ts';
import { operatorTokenInsert, tenantTokenInsert } from '../../src/db/store/credential.ts';
import { imageGrantAdd, imageReferenceSet } from '../../src/db/store/image.ts';
import { tenantTraffic } from '../../src/domain/request-rate.ts';
import { logJson } from '../../src/http/log.ts';
import { metricsMake } from '../../src/http/metrics.ts';
import { restApp } from '../../src/rest-api/app.ts';
import type { RestDeps } from '../../src/rest-api/deps.ts';
import { appStart, type RunningApp } from '../../src/runtime/app-node.ts';
import { berthVersion, migrationsFolder } from '../../src/runtime/package.ts';
import { restListener } from '../../src/runtime/rest-listener.ts';
import { authorityLoad } from '../../src/vault/authorities.ts';
import { sealOpen } from '../../src/vault/seal.ts';
import { fakeBlobs } from '../fakes/blobs.ts';
import { databaseCreate } from '../setup/postgres.ts';
import type { Target } from './suite/target.ts';

export const testKey = Buffer.alloc(32, 7).toString('base64');

/** A migrated database of its own with one tenant, and a token of that tenant and of an operator. */
export async function installationUp() {
  const database = await databaseCreate();
  await databaseMigrate(database.url, migrationsFolder);
  const client = databaseOpen(database.url, { max: 1 });
  const system = systemScope(client.db);
  const tenant = await tenantCreate({ system }, 'acme');
  const [owner, operator] = [await tokenMint(), await tokenMint()];
  await tenantTokenInsert(tenantScope(client.db, tenant.id), { name: 'owner', hash: owner.hash, prefix: owner.prefix, expiresAt: null });
  await operatorTokenInsert(system, { name: 'operator', hash: operator.hash, prefix: operator.prefix, expiresAt: null });
  const imageId = await imageKnown(system, tenantScope(client.db, tenant.id));
  await client.close();
  return { database, imageId, tenantId: tenant.id, tenantToken: owner.text, operatorToken: operator.text };
}

/** An image that the tenant has, without an engine to pull it: `known:1`. */
async function imageKnown(system: ReturnType<typeof systemScope>, scope: ReturnType<typeof tenantScope>): Promise<string> {
  const id = `sha256:${'a1'.repeat(32)}`;
  await system.db.insert(image).values({ id, document: { Id: id, Architecture: 'amd64', Config: {} } });
  await imageGrantAdd(scope, id);
  await imageReferenceSet(scope, 'docker.io/library/known:1', 'tag', id);
  return id;
}

export interface RunningRest extends Target {
  deps: RestDeps;
  running: RunningApp;
  log: string[];
  stop(): Promise<void>;
}

/** The REST API on Node, on an installation of its own. */
export async function restUp(change: (deps: RestDeps) => RestDeps = (deps) => deps): Promise<RunningRest> {
  const installation = await installationUp();
  const rest = await restStart(installation, change);
  return {
    ...rest,
    async stop() {
      await rest.stop();
      await installation.database.drop();
    },
  };
}

/** One server of an installation, of which there may be several. */
export async function restStart(
  { database, ...installation }: Awaited<ReturnType<typeof installationUp>>,
  change: (deps: RestDeps) => RestDeps = (deps) => deps,
): Promise<RunningRest> {
  const lines: string[] = [];
  const log = logJson((line) => lines.push(line));
  const seal = await sealOpen(testKey);
  const blobs = fakeBlobs();
  const running = await appStart({
    ...{ databaseUrl: database.url, seal, log, blobs, version: berthVersion, placement: 'spread', registries: [] },
  });
  const { app } = running;
  const authenticator = authenticatorMake(app.system, () => app.bus.hears());
  for (const topic of ['row:token', 'row:client_certificate', 'row:tenant', 'resync']) app.bus.on(topic, () => authenticator.forget());
  const audit = auditMake(app.system, log);
  const deps = change({
    ...{ system: app.system, audit, traffic: tenantTraffic(), seal, blobs, log, authenticator, version: berthVersion },
    clientAuthority: () => authorityLoad(app.system, seal, 'client'),
    endpoint: { url: 'tcp://localhost:2376', authorityPem: (await authorityLoad(app.system, seal, 'server')).certificatePem },
    engines: engineSideMake(app),
    metrics: metricsMake({ residentBytes: () => process.memoryUsage.rss(), cpuSeconds: () => process.cpuUsage().user / 1e6 }),
  });
  const server = createServer(restListener(restApp(deps)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...installation,
    ...{ deps, running, log: lines, engines: true },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await audit.stop();
      await running.stop();
    },
  };
}
