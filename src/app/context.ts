import type { Bus } from '../db/bus.ts';
import type { Database } from '../db/client.ts';
import type { SystemScope } from '../db/scope.ts';
import type { BlobStore } from '../domain/blob-store.ts';
import type { CountedSet } from '../domain/counted-set.ts';
import type { InTurn } from '../domain/in-turn.ts';
import type { Log } from '../domain/log.ts';
import type { Pace } from '../domain/pace.ts';
import type { SpoolOpen } from '../domain/spool.ts';
import type { ArchiveTools } from '../images/archive-load.ts';
import type { RegistryFetch } from '../images/registry-request.ts';
import type { Directory } from '../observe/directory.ts';
import type { Fleet } from '../observe/fleet.ts';
import type { StrategyName } from '../scheduler/place.ts';
import type { Seal } from '../vault/seal.ts';
import type { EventWait } from './event-read.ts';

/** What every use case works with. One per process. */
export interface App {
  db: Database;
  system: SystemScope;
  bus: Bus;
  directory: Directory;
  fleet: Fleet;
  /** Berth's own, `0.1.0`. */
  version: string;
  installation: string;
  processId: string;
  pace: Pace;
  /** Ids of the containers that this process works on at the moment: see container-work.ts. */
  underWay: CountedSet;
  strategy: StrategyName;
  /** Choosing a host and writing that down: two at once would see the same empty host. */
  placing: InTurn;
  log: Log;
  /** Opens the keys that tenants' secrets are sealed under. */
  seal: Seal;
  /** Logs of containers that are gone. */
  blobs: BlobStore;
  /** Registries (`host[:port]`) on private addresses that the operator allows. */
  registriesAllowed: readonly string[];
  /** TCP ports that Berth itself listens on here: no tenant can publish one. */
  ownPorts: number[];
  /** The operator's image to probe hosts from; null: one of Berth's own choice. */
  probeImage: string | null;
  archiveTools: ArchiveTools;
  /** How registries are asked. */
  registryFetch: RegistryFetch;
  /** How a file is fetched that a tenant names: with the same care, and by plain HTTP too. */
  fileFetch: RegistryFetch;
  /** Where what is too large for memory lies for a while. */
  spoolOpen: SpoolOpen;
  eventWait: EventWait;
  /** Called between the steps of an intent, by name; the crash suite stops the process there. */
  step(name: string): Promise<void>;
}
