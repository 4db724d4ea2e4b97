import type { Bus } from '../db/bus.ts';
import type { SystemScope } from '../db/scope.ts';
import { containerObservedRead, containerObservedWrite } from '../db/store/container.ts';
import { type HostRow, hostKeep, hostList, hostRelease, hostSeen, hostUnreachable } from '../db/store/host.ts';
import type { Log } from '../domain/log.ts';
import type { Pace } from '../domain/pace.ts';
import type { EngineFacts } from '../engine/calls.ts';
import { Engine } from '../engine/engine.ts';
import type { EngineEvent } from '../engine/events.ts';
import type { EngineContainerInspect } from '../engine/inspect-types.ts';
import type { Seal } from '../vault/seal.ts';
import type { Directory } from './directory.ts';
import { HostWatch } from './host-watch.ts';
import type { Observation } from './observation.ts';

/** A core is shared by this many containers that each asked for a whole one: most of them sleep most of the time. */
const cpuOvercommit = 4;
const persistMs = 500;
/** The default grace of the design: silence for this long makes a host unreachable. */
const unreachableMs = 6_000;

export interface FleetHost {
  row: HostRow;
  watch: HostWatch;
  /** This process settles the host's containers: it holds the lease. */
  keeps: boolean;
  /** Since when this process follows it, in milliseconds. */
  since: number;
}

/** Whoever settles what the fleet shows; called for hosts that this process keeps only. */
export interface Keeper {
  observed(host: FleetHost, engineId: string, observation: Observation): void;
  /** After each gap, each taking of the lease, and now and then: everything on the engine that carries our label, whatever its installation. */
  listed(host: FleetHost, found: Map<string, Record<string, string>>): void;
  /** Some of what happened on it may have been told to nobody. */
  gap(host: FleetHost): void;
  event(host: FleetHost, event: EngineEvent): void;
}

export interface FleetOptions {
  scope: SystemScope;
  bus: Bus;
  directory: Directory;
  seal: Seal;
  installation: string;
  processId: string;
  pace: Pace;
  log: Log;
}

/** Every engine of the installation, each followed by one watch in this process. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #hosts = new Map<string, FleetHost>();
  readonly #unsaved = new Map<string, Observation>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #followers: ((engineId: string) => void)[] = [];
  #keeper: Keeper | null = null;
  #loading: Promise<void> = Promise.resolve();
  readonly #keeping = new Set<Promise<void>>();

  constructor(options: FleetOptions) {
    this.#options = options;
    options.bus.on('row:host', () => void this.reload());
    options.bus.on('resync', () => {
      // What a peer touched meanwhile was said to deaf ears.
      for (const { watch } of this.#hosts.values()) watch.dirtyAll();
      void this.reload();
    });
    options.bus.on('dirty', (id) => this.#dirtyRow(id));
  }

  host(id: string): FleetHost | undefined {
    return this.#hosts.get(id);
  }

  /** Told of every container that shows something new, on any host. */
  follow(follower: (engineId: string) => void): void {
    this.#followers.push(follower);
  }

  hosts(): FleetHost[] {
    return [...this.#hosts.values()];
  }

  async start(keeper: Keeper): Promise<void> {
    this.#keeper = keeper;
    await this.reload();
    this.#timers.push(
      setInterval(() => this.#keepSoon(), this.#options.pace.hostKeepMs),
      setInterval(() => void this.persist(), persistMs),
    );
    this.#keepSoon();
  }

  /** Follows no host any more, and says nothing about it to anybody. */
  halt(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const { watch } of this.#hosts.values()) watch.stop();
  }

  async stop(): Promise<void> {
    this.halt();
    await this.persist();
    // A renewal that is under way would take again what is given up here.
    await Promise.all(this.#keeping);
    await hostRelease(this.#options.scope, this.#options.processId);
  }

  /** Brings the watches in line with the rows of the table. */
  reload(): Promise<void> {
    this.#loading = this.#loading.then(() => this.#load()).catch((error) => this.#options.log.error('hosts could not be read', error));
    return this.#loading;
  }

  async #load(): Promise<void> {
    const rows = await hostList(this.#options.scope);
    const present = new Set(rows.map((row) => row.id));
    for (const [id, { watch }] of this.#hosts) {
      if (present.has(id)) continue;
      watch.stop();
      this.#hosts.delete(id);
    }
    for (const row of rows) {
      const known = this.#hosts.get(row.id);
      if (known) known.row = row;
      else await this.#add(row);
    }
  }

  async #add(row: HostRow): Promise<void> {
    const { scope, seal, installation, pace, log } = this.#options;
    const remembered = await containerObservedRead(scope, row.id);
    const tls = row.sealedTls === null ? null : JSON.parse(await seal.open(row.sealedTls));
    const watch = new HostWatch(
      row.id,
      new Engine({ url: row.url, tls }),
      { installation, listMs: pace.listMs, beatMs: pace.engineBeatMs, seenBefore: row.seenAt },
      {
        connected: (facts) => {
          log.info('host connected', { host: row.name, engine: facts.version });
          void hostSeen(scope, row.id, hostFacts(facts))
            .then(() => this.reload())
            .catch((error) => log.error('host facts could not be stored', error, { host: row.name }));
        },
        listed: (found, afterGap) => {
          if (!host.keeps) return;
          this.#keeper?.listed(host, found);
          if (afterGap) this.#keeper?.gap(host);
        },
        event: (event) => {
          if (host.keeps) this.#keeper?.event(host, event);
        },
        observed: (engineId, observation) => {
          for (const follower of this.#followers) follower(engineId);
          if (!host.keeps) return;
          this.#unsaved.set(engineId, observation);
          this.#keeper?.observed(host, engineId, observation);
        },
        lost: (cause) =>
          log.warn('host connection lost', { host: row.name, cause: String(cause instanceof Error ? (cause.cause ?? cause) : cause) }),
      },
    );
    const host: FleetHost = { row, watch, keeps: false, since: Date.now() };
    this.#hosts.set(row.id, host);
    for (const { id, observed, observedAt } of remembered) {
      const engineId = this.#options.directory.containers.get(id)[0]?.engineId;
      if (engineId && observedAt) watch.remember(engineId, observed as EngineContainerInspect, observedAt);
    }
    watch.start();
  }

  #keepSoon(): void {
    const keeping = this.#keep().finally(() => this.#keeping.delete(keeping));
    this.#keeping.add(keeping);
  }

  async #keep(): Promise<void> {
    const { scope, processId, pace, log } = this.#options;
    for (const host of this.#hosts.values()) {
      try {
        const keeps = await hostKeep(scope, host.row.id, processId, pace.hostLeaseMs);
        const took = keeps && !host.keeps;
        host.keeps = keeps;
        // What the last keeper missed while it was dying is known to the engine alone.
        if (took) {
          for (const event of host.watch.recent()) this.#keeper?.event(host, event);
          void host.watch.list().then(() => this.#keeper?.gap(host));
        }
        if (!keeps) continue;
        const silentMs = Date.now() - Math.max(host.watch.seenAt.getTime(), host.since);
        if (host.watch.live && host.watch.facts) await hostSeen(scope, host.row.id, hostFacts(host.watch.facts));
        else if (silentMs > unreachableMs) await hostUnreachable(scope, host.row.id);
      } catch (error) {
        host.keeps = false;
        log.warn('lease on a host could not be renewed', { host: host.row.name, cause: String(error) });
      }
    }
  }

  /** Stores what was observed since the last time: for the day when the host is gone and this process too. */
  async persist(): Promise<void> {
    const rows = [...this.#unsaved].flatMap(([engineId, observation]) => {
      const row = this.#options.directory.containerByEngineId(engineId);
      return row && observation.document ? [{ id: row.id, observed: observation.document, observedAt: observation.seenAt }] : [];
    });
    this.#unsaved.clear();
    await containerObservedWrite(this.#options.scope, rows).catch((error) =>
      this.#options.log.error('observations could not be stored', error),
    );
  }

  #dirtyRow(id: string): void {
    const row = this.#options.directory.containers.get(id)[0];
    if (row?.engineId) this.#hosts.get(row.hostId)?.watch.dirty(row.engineId);
  }
}

function hostFacts(facts: EngineFacts): Partial<HostRow> {
  const { version: engineVersion, apiVersion, architecture, runtimes, memoryBytes } = facts;
  return { engineVersion, apiVersion, architecture, runtimes, memoryBytes, nanoCpus: facts.cpus * 1e9 * cpuOvercommit };
}
