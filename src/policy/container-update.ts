import type { ContainerSpec, Resources } from '../domain/container-spec.ts';
import { BerthError } from '../domain/errors.ts';
import { containerLimits as limits } from '../domain/limits.ts';
import { restartPolicyFields } from './container-create.read.ts';
import { containerCreateRows } from './container-create.table.ts';
import { type EngineResources, resourcesWrite } from './container-create.write.ts';
import { memoryRead, nanoCpusRead, pidsLimitRead } from './container-resources.ts';
import { type FieldRow, fieldTable } from './field-table.ts';
import { Fields } from './fields.ts';
import type { JsonValue } from './json.ts';

/** What `docker update` changes; null: stays as it is. */
export interface ContainerUpdate {
  memoryBytes: number | null;
  memoryReservationBytes: number | null;
  /** 0: no limit of its own. */
  nanoCpus: number | null;
  cpuShares: number | null;
  pidsLimit: number | null;
  restartPolicy: ContainerSpec['restartPolicy'] | null;
}

const changed: readonly FieldRow[] = [
  { path: 'Memory', verdict: 'capped', why: '6 MiB to 256 GiB; 0 leaves it as it is' },
  { path: 'MemorySwap', verdict: 'ours', why: 'there is no swap: it equals Memory' },
  { path: 'MemoryReservation', verdict: 'capped', why: 'at most Memory' },
  { path: 'NanoCpus', verdict: 'capped', why: 'at most 128 cores; 0 leaves it as it is' },
  {
    path: 'CpuQuota',
    verdict: 'capped',
    why: 'together with CpuPeriod it becomes NanoCpus; -1 takes the limit away, 0 leaves it as it is',
  },
  { path: 'CpuPeriod', verdict: 'capped', why: 'together with CpuQuota it becomes NanoCpus' },
  { path: 'CpuShares', verdict: 'capped', why: '2 to 262144' },
  { path: 'PidsLimit', verdict: 'capped', why: `at most ${limits.pidsLimit}, which -1 means too; 0 leaves it as it is` },
  { path: 'RestartPolicy', verdict: 'served', why: 'read field by field' },
  { path: 'RestartPolicy.Name', verdict: 'served', why: 'no, always, unless-stopped, on-failure; none leaves it as it is' },
  { path: 'RestartPolicy.MaximumRetryCount', verdict: 'capped', why: 'with on-failure' },
  { path: 'Ulimits', verdict: 'refused', why: 'an engine changes them at create only' },
];

/** Refused here for the reasons of a create. */
const refusedNames = [
  ...['BlkioWeight', 'BlkioWeightDevice', 'BlkioDeviceReadBps', 'BlkioDeviceWriteBps', 'BlkioDeviceReadIOps', 'BlkioDeviceWriteIOps'],
  ...['CgroupParent', 'CpuCount', 'CpuPercent', 'CpuRealtimePeriod', 'CpuRealtimeRuntime', 'CpusetCpus', 'CpusetMems'],
  ...['Devices', 'DeviceCgroupRules', 'DeviceRequests', 'IOMaximumBandwidth', 'IOMaximumIOps', 'KernelMemory', 'KernelMemoryTCP'],
  ...['MemorySwappiness', 'OomKillDisable'],
].map((name) => `HostConfig.${name}`);

/** What becomes of every field of `POST /containers/{id}/update`: Docker's UpdateConfig (moby, api/types/container). */
export const containerUpdateRows: readonly FieldRow[] = [
  ...changed,
  ...containerCreateRows
    .filter(({ path }) => refusedNames.includes(path))
    .map((row) => ({ ...row, path: row.path.slice('HostConfig.'.length) })),
];

const table = fieldTable(containerUpdateRows);

/** Throws `malformed` or `refused` and names the field. */
export function containerUpdateRead(body: JsonValue): ContainerUpdate {
  const fields = Fields.ofBody(body, table);
  const memoryBytes = memoryRead(fields, 'update');
  const memoryReservationBytes = fields.integer('MemoryReservation') || null;
  if (memoryReservationBytes !== null)
    fields.within('MemoryReservation', memoryReservationBytes, limits.memoryMinBytes, limits.memoryBytes, 'bytes');
  const cpuShares = fields.integer('CpuShares') || null;
  if (cpuShares !== null) fields.within('CpuShares', cpuShares, 2, limits.cpuShares);
  const cpusAsked = fields.isSet('NanoCpus') || fields.isSet('CpuQuota');
  const pidsAsked = fields.isSet('PidsLimit');
  const nanoCpus = nanoCpusRead(fields);
  const pidsLimit = pidsLimitRead(fields);
  const restart = fields.object('RestartPolicy');
  const restartPolicy = restart.isSet('Name') ? restartPolicyFields(restart) : null;
  restart.end();
  fields.end();
  return {
    ...{ memoryBytes, memoryReservationBytes, cpuShares, restartPolicy },
    nanoCpus: cpusAsked ? nanoCpus : null,
    pidsLimit: pidsAsked ? pidsLimit : null,
  };
}

/** What the container then has. Throws in Docker's words (moby, container/container_unix.go UpdateContainer) for what does not go together. */
export function containerUpdateApply(spec: ContainerSpec, update: ContainerUpdate): Pick<ContainerSpec, 'resources' | 'restartPolicy'> {
  const { restartPolicy: _, ...asked } = update;
  const resources: Resources = {
    ...spec.resources,
    ...(Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== null)) as Partial<Resources>),
  };
  if (resources.memoryReservationBytes > resources.memoryBytes)
    throw new BerthError('malformed', 'Minimum memory limit can not be less than memory reservation limit, see usage');
  const restartPolicy = update.restartPolicy ?? spec.restartPolicy;
  if (spec.autoRemove && restartPolicy.name !== 'no')
    throw new BerthError('conflict', 'Restart policy cannot be updated because AutoRemove is enabled for the container');
  return { resources, restartPolicy };
}

export interface EngineContainerUpdate extends EngineResources {
  RestartPolicy: { Name: string; MaximumRetryCount: number };
}

/**
 * The engine's update request: everything that one can change, as it shall be. An engine reads 0 as no change, and a quota of -1 would
 * outlast every later limit when the container starts again: so no limit is all of its host's cores, where it had one before.
 */
export function containerUpdateWrite(
  spec: Pick<ContainerSpec, 'resources' | 'restartPolicy'>,
  { sandboxed, limited, hostCpus }: { sandboxed: boolean; limited: boolean; hostCpus: number },
): EngineContainerUpdate {
  const { name, maximumRetryCount } = spec.restartPolicy;
  const resources = resourcesWrite(spec.resources, sandboxed);
  const NanoCpus = resources.NanoCpus || (limited ? hostCpus * 1e9 : 0);
  return { ...resources, NanoCpus, RestartPolicy: { Name: name, MaximumRetryCount: maximumRetryCount } };
}
