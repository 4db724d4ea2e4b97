import type { EngineVolumeInspect } from '../../engine/inspect-types.ts';
import { volumeMountpoint } from './container-mounts.ts';
import { type Filters, filterBoolean, filterExact, filterFound, filterLabels, filterNamesCheck } from './filter-match.ts';
import { ownLabels } from './own-labels.ts';

/** A tenant's volume as Berth keeps it. */
export interface VolumeIdentity {
  /** The tenant's. */
  name: string;
  /** RFC 3339; shown to the second, as an engine does. */
  createdAt: string;
  labels: Record<string, string>;
}

export interface VolumeView {
  CreatedAt: string;
  Driver: 'local';
  /** null for an anonymous volume, as on an engine. */
  Labels: Record<string, string> | null;
  Mountpoint: string;
  Name: string;
  Options: Record<string, string> | null;
  Scope: 'local';
  UsageData?: { Size: number; RefCount: number };
}

/** `engine` is asked only for what a disk-usage reply needs; null otherwise. */
export function volumeView(own: VolumeIdentity, engine: Pick<EngineVolumeInspect, 'UsageData'> | null): VolumeView {
  const usage = engine?.UsageData;
  const labels = ownLabels(own.labels);
  return {
    CreatedAt: own.createdAt.replace(/\.\d+(?=Z|[+-])/, ''),
    Driver: 'local',
    Labels: Object.keys(labels).length > 0 ? labels : null,
    Mountpoint: volumeMountpoint(own.name),
    Name: own.name,
    Options: null,
    Scope: 'local',
    ...(usage && { UsageData: { Size: usage.Size, RefCount: usage.RefCount } }),
  };
}

export const volumeFilterNames = ['dangling', 'driver', 'label', 'name'] as const;

/**
 * `GET /volumes`' list, filtered as moby does (volume/service/convert.go). `used` has the names of volumes that a container
 * refers to, running or not. Throws `malformed` for an unknown filter or value.
 */
export function volumeListSelect(volumes: readonly VolumeView[], filters: Filters, used: ReadonlySet<string>): VolumeView[] {
  filterNamesCheck(filters, volumeFilterNames);
  const dangling = filterBoolean(filters, 'dangling');
  return volumes.filter(
    (volume) =>
      filterExact(filters, 'driver', volume.Driver) &&
      filterFound(filters, 'name', volume.Name) &&
      filterLabels(filters, volume.Labels) &&
      (dangling === null || dangling !== used.has(volume.Name)),
  );
}
