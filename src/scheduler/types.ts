import type { Isolation } from '../domain/isolation.ts';

/** One host as placement sees it. Memory in bytes, cpu in billionths of a core. */
export interface HostSnapshot {
  id: string;
  name: string;
  state: 'joining' | 'ready' | 'draining' | 'unreachable' | 'lost';
  cordoned: boolean;
  upkeep: 'none' | 'drain' | 'maintenance';
  labels: Record<string, string>;
  architecture: string;
  runtimes: string[];
  apiVersion: string;
  memoryBytes: number;
  nanoCpus: number;
  /** Held by running containers, and wanted by those created a moment ago. */
  takenMemoryBytes: number;
  takenNanoCpus: number;
  containers: number;
  hasImage: boolean;
  /** A probe has found its network walls closed, and not long ago. */
  walled: boolean;
  /** Tenants that the operator puts there all the same; `*` is everybody. */
  tenants: string[];
}

export interface PlacementRequest {
  memoryBytes: number;
  nanoCpus: number;
  tenantId: string;
  isolation: Isolation;
  /** null: the image's architecture is not known yet. */
  architecture: string | null;
  /** Hosts that its volumes, networks and peers are bound to. More than one cannot be met. */
  pinnedTo: string[];
  /** The oldest API of an engine that can do it; null: any. */
  apiVersionNeeded?: string | null;
  /** Conditions on hosts that a deployment sets; none for a free container. */
  constraints?: readonly { label: string; operator: '==' | '!='; value: string }[];
  /** Labels over whose values its replicas are spread, the first one first. */
  spread?: readonly string[];
  /** How many replicas of the same deployment a host has. */
  peers?: ReadonlyMap<string, number>;
  maxPerHost?: number | null;
}

/** Why a host does not do, in words a tenant may read: no number, no host. */
export type Filter = (host: HostSnapshot, request: PlacementRequest) => string | null;

/** Orders the hosts that do: the lowest score is taken. */
export type Strategy = (host: HostSnapshot, request: PlacementRequest) => number;

export type Placement = { hostId: string } | { reasons: Map<string, string[]> };
