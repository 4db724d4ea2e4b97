import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from '../app/context.ts';
import { eventBell } from '../app/event-bell.ts';
import { busOpen } from '../db/bus.ts';
import { databaseOpen } from '../db/client.ts';
import { systemScope } from '../db/scope.ts';
import { installationId, processBeat, processEnd } from '../db/store/installation.ts';
import type { BlobStore } from '../domain/blob-store.ts';
import { CountedSet } from '../domain/counted-set.ts';
import { inTurnMake } from '../domain/in-turn.ts';
import { buildLimits } from '../domain/limits.ts';
import type { Log } from '../domain/log.ts';
import { defaultPace, type Pace } from '../domain/pace.ts';
import type { ArchiveTools } from '../images/archive-load.ts';
import type { RegistryFetch } from '../images/registry-request.ts';
import { directoryOpen } from '../observe/directory.ts';
import { Fleet } from '../observe/fleet.ts';
import { driverMake } from '../reconcile/driver.ts';
import { jobDriverMake } from '../reconcile/job-driver.ts';
import { keeperMake } from '../reconcile/keeper.ts';
import type { StrategyName } from '../scheduler/place.ts';
import type { Seal } from '../vault/seal.ts';
import { decompress } from './decompress.ts';
import { registryFetchMake } from './registry-fetch.ts';
import { spoolOpenMake } from './spool.ts';

export interface AppOptions {
  databaseUrl: string;
  seal: Seal;
  log: Log;
  blobs: BlobStore;
  version: string;
  placement: StrategyName;
  registries: readonly string[];
  /** See App.registryFetch; from this machine unless given. */
  registryFetch?: RegistryFetch | undefined;
  /** Where build contexts lie meanwhile; a folder of the system's for temporary files unless given. */
  spoolFolder?: string | undefined;
  /** See App.probeImage. */
  probeImage?: string | undefined;
  /** defaultPace unless given. */
  pace?: Pace;
  /** To PostgreSQL, at the most; a test holds many processes in one. */
  connections?: number;
  /** See App.step. */
  step?: (name: string) => Promise<void>;
}

export interface RunningApp {
  app: App;
  /** Ends its work in order: nothing is left half done that could be finished. */
  stop(): Promise<void>;
  /** Ends it as `kill -9` does: in the middle of whatever it does, with nothing written or told to anybody. */
  kill(): Promise<void>;
}

/** One process's share of an installation, without any server in front of it. The database must be migrated. */
export async function appStart(options: AppOptions): Promise<RunningApp> {
  const { log, seal, blobs, pace = defaultPace } = options;
  const client = databaseOpen(options.databaseUrl, { max: options.connections });
  const system = systemScope(client.db);
  const processId = crypto.randomUUID();
  const installation = await installationId(system);
  await processBeat(system, processId);
  const beat = setInterval(() => void processBeat(system, processId).catch(() => {}), pace.processBeatMs);
  const bus = await busOpen(client, processId);
  const directory = await directoryOpen(system, bus);
  const fleet = new Fleet({ scope: system, bus, directory, seal, installation, processId, pace, log });
  const app: App = {
    ...{ db: client.db, system, bus, directory, fleet, installation, processId, pace, log, seal, blobs },
    underWay: new CountedSet(),
    version: options.version,
    strategy: options.placement,
    placing: inTurnMake(),
    registriesAllowed: options.registries,
    ownPorts: [],
    probeImage: options.probeImage ?? null,
    archiveTools,
    eventWait: eventBell(bus),
    spoolOpen: spoolOpenMake({ folder: options.spoolFolder ?? join(tmpdir(), 'berth-spool'), tenantBytes: buildLimits.contextBytes }),
    registryFetch: options.registryFetch ?? registryFetchMake({ allowed: options.registries }),
    fileFetch: registryFetchMake({ allowed: options.registries, plain: true }),
    step: options.step ?? (() => Promise.resolve()),
  };
  const keeper = keeperMake(app);
  const driver = driverMake(app);
  const jobs = jobDriverMake(app);
  await fleet.start(keeper);
  keeper.start();
  driver.start();
  jobs.start();
  return {
    app,
    async kill() {
      clearInterval(beat);
      keeper.halt();
      driver.halt();
      jobs.halt();
      fleet.halt();
      await client.sql.end({ timeout: 0 });
      await bus.close();
    },
    async stop() {
      await Promise.all([driver.stop(), jobs.stop()]);
      await keeper.stop();
      await fleet.stop();
      // As long as it ends what it began it lives, or others would begin to undo that.
      clearInterval(beat);
      await processEnd(system, processId);
      await bus.close();
      await client.close();
    },
  };
}

const archiveTools: ArchiveTools = {
  sha256: () => {
    const hash = createHash('sha256');
    return { update: (chunk) => hash.update(chunk), hex: () => hash.digest('hex') };
  },
  decompress,
};
