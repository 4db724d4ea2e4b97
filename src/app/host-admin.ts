import type { SystemScope, TenantScope } from '../db/scope.ts';
import type { DeploymentRow } from '../db/store/deployment.ts';
import { type FleetCounts, fleetCounts, type HostRow, hostGet, hostInsert, hostPage, hostUpdate } from '../db/store/host.ts';
import { tenantGet } from '../db/store/tenant.ts';
import { BerthError } from '../domain/errors.ts';
import type { EngineAddress } from '../engine/address.ts';
import { everyTenant } from '../scheduler/filters/walls.ts';
import type { Seal } from '../vault/seal.ts';
import type { LogEvent, LogsAsked } from './deployment-logs.ts';
import type { EventWait } from './event-read.ts';

/** What a process with engines and a bus can do, and a Worker cannot. */
export interface EngineSide {
  /** True while this process hears what the others say. */
  hears(): boolean;
  /** Resolves when every live process knows of what was written before, or after 50 ms. */
  barrier(): Promise<void>;
  /** Connects once. Throws `unprocessable` saying what stands in the way. */
  hostCheck(address: EngineAddress): Promise<void>;
  /** Takes a host out of the fleet. Throws `not_found`, and `conflict` while anything is on it. */
  hostRemove(id: string): Promise<void>;
  /** Pulls an image by the tenant's right. The reason when that fails; null when it is there. */
  imagePull(scope: TenantScope, image: string, registryAuth: string | null): Promise<string | null>;
  /** See deployment-logs.ts. */
  deploymentLogs(scope: TenantScope, deployment: DeploymentRow, asked: LogsAsked, signal: AbortSignal): AsyncGenerator<LogEvent>;
  eventWait: EventWait;
}

export interface HostAdd {
  name: string;
  /** `unix:///path` or `tcp://host:port`. */
  url: string;
  tls: EngineAddress['tls'];
  labels: Record<string, string>;
  /** See hostTenantsSet. */
  tenants: string[];
}

/** Takes a host into the fleet once it has answered. Throws `unprocessable` when it does not, `conflict` when it is there already. */
export async function hostAdd(
  system: SystemScope,
  seal: Seal,
  engines: EngineSide,
  { name, url, tls, labels, tenants }: HostAdd,
): Promise<HostRow> {
  await tenantsCheck(system, tenants);
  await engines.hostCheck({ url, tls });
  return hostInsert(system, { name, url, sealedTls: tls ? await seal.seal(JSON.stringify(tls)) : null, labels, tenants });
}

export function hostsRead(system: SystemScope, after: string | null, limit: number): Promise<HostRow[]> {
  return hostPage(system, after, limit);
}

/** Throws `not_found`. */
export async function hostRead(system: SystemScope, id: string): Promise<HostRow> {
  return (await hostGet(system, id)) ?? hostMissing();
}

/** What an operator does with a host for a while. Throws `not_found`. */
export async function hostUpkeep(system: SystemScope, id: string, upkeep: HostRow['upkeep']): Promise<HostRow> {
  return (await hostUpdate(system, id, { upkeep })) ?? hostMissing();
}

/** A cordoned host keeps what runs on it and gets nothing new. Throws `not_found`. */
export async function hostCordon(system: SystemScope, id: string, cordoned: boolean): Promise<HostRow> {
  return (await hostUpdate(system, id, { cordoned })) ?? hostMissing();
}

/**
 * Tenants that a host serves although its walls are not verified: the operator's own choice. `*` is every tenant.
 * Throws `not_found`, and `unprocessable` for an id of no tenant.
 */
export async function hostTenantsSet(system: SystemScope, id: string, tenants: string[]): Promise<HostRow> {
  await tenantsCheck(system, tenants);
  return (await hostUpdate(system, id, { tenants })) ?? hostMissing();
}

async function tenantsCheck(system: SystemScope, tenants: string[]): Promise<void> {
  for (const tenant of tenants) {
    if (tenant !== everyTenant && !(await tenantGet(system, tenant)))
      throw new BerthError('unprocessable', `There is no tenant with the id ${tenant}.`);
  }
}

export function fleetCount(system: SystemScope): Promise<FleetCounts> {
  return fleetCounts(system);
}

export function hostMissing(): never {
  throw new BerthError('not_found', 'There is no such host.');
}
