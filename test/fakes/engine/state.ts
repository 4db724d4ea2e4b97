import type { Container } from './container.ts';
import type { EventBus } from './events.ts';
import type { Exec } from './exec.ts';
import type { ImageStore } from './image-store.ts';
import type { Network } from './network.ts';
import type { EngineClock } from './time.ts';
import type { Volume } from './volumes.ts';

export interface EngineSettings {
  apiVersion: string;
  minApiVersion: string;
  cpus: number;
  memoryBytes: number;
  /** As `info` writes it: `x86_64`, `aarch64`. */
  architecture: string;
  runtimes: string[];
}

/** All that an engine knows. Routes are functions over it. */
export interface EngineState {
  readonly settings: EngineSettings;
  readonly id: string;
  readonly clock: EngineClock;
  milliseconds(): number;
  readonly events: EventBus;
  /** By id, oldest first. */
  readonly containers: Map<string, Container>;
  /** Container ids by name. */
  readonly names: Map<string, string>;
  readonly execs: Map<string, Exec>;
  readonly images: ImageStore;
  /** By id. */
  readonly networks: Map<string, Network>;
  /** By name. */
  readonly volumes: Map<string, Volume>;
  /** `8080/tcp` of the host's published ports. */
  readonly ports: Set<string>;
  /** The last process number given out. */
  lastPid: number;
}
