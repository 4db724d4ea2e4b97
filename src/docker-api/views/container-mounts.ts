import type { EngineContainerInspect } from '../../engine/inspect-types.ts';
import type { ContainerIdentity } from './container-identity.ts';

/** Where Docker keeps a volume's files. On our hosts they are elsewhere, and no business of a tenant. */
export function volumeMountpoint(name: string): string {
  return `/var/lib/docker/volumes/${name}/_data`;
}

export interface ShownMount {
  Type: 'volume' | 'tmpfs';
  Name?: string;
  Source: string;
  Destination: string;
  Driver?: string;
  Mode: string;
  RW: boolean;
  Propagation: '';
}

/** The tenant's volumes and tmpfs mounts. Anything else is mounted by the platform, from the host, and is not shown. */
export function containerMounts(engine: EngineContainerInspect, own: ContainerIdentity): ShownMount[] {
  const shown: ShownMount[] = [];
  for (const mount of engine.Mounts ?? []) {
    const common = {
      Destination: mount.Destination,
      Mode: /^[a-zA-Z,]{0,32}$/.test(mount.Mode) ? mount.Mode : '',
      RW: mount.RW,
      Propagation: '',
    } as const;
    const volume = mount.Type === 'volume' ? own.volumes.get(mount.Name ?? '') : undefined;
    if (volume !== undefined) shown.push({ Type: 'volume', Name: volume, Source: volumeMountpoint(volume), Driver: 'local', ...common });
    if (mount.Type === 'tmpfs') shown.push({ Type: 'tmpfs', Source: '', ...common });
  }
  return shown;
}
