import type { ContainerSpec } from '../../domain/container-spec.ts';
import type { EngineContainerInspect } from '../../engine/inspect-types.ts';
import type { EngineNames } from '../../policy/engine-message.ts';

/** What Berth knows of a container and its engine does not: whose words to use for what the engine names in ours. */
export interface ContainerIdentity {
  /** 64 hex; the tenant sees the same. */
  engineId: string;
  /** The tenant's, without a slash. */
  name: string;
  /** As the tenant wrote it. */
  image: string;
  /** The tenant's, as stored. */
  labels: Record<string, string>;
  isolation: string;
  autoRemove: boolean;
  /** Engine network (by name and by id) -> the tenant's. What is not in here is not shown. */
  networks: ReadonlyMap<string, NetworkName>;
  /** Engine volume -> the tenant's. What is not in here is not shown. */
  volumes: ReadonlyMap<string, string>;
  /** Engine id -> name, of all of the tenant's containers: what a reference to another container may lead to. */
  containerNames: ReadonlyMap<string, string>;
  /** The edge's ports that lead to it. */
  ports: readonly OwnPort[];
  spec: ContainerSpec;
  /** `unknownSince` (RFC 3339): the host cannot be reached, and the document is what it last said. */
  state: 'known' | { unknownSince: string };
}

export interface OwnPort {
  containerPort: number;
  protocol: string;
  loopback: boolean;
  port: number;
}

export interface NetworkName {
  name: string;
  /** Berth's, 64 hex. */
  id: string;
  /** As the tenant asked for them. */
  aliases: string[];
}

/** Everything that a message of this container's engine may name, in the tenant's words. */
export function containerNames(document: EngineContainerInspect, own: ContainerIdentity): EngineNames {
  return new Map([
    ...[...own.containerNames.keys()].map((id) => [id, id] as const),
    ...[...own.networks].map(([engine, { name, id }]) => [engine, /^[0-9a-f]{64}$/.test(engine) ? id : name] as const),
    ...[...own.networks.values()].map(({ id }) => [id, id] as const),
    ...own.volumes,
    [own.engineId, own.engineId],
    [document.Name.replace(/^\//, ''), own.name],
  ]);
}

/** The full id of one of the tenant's containers, by any way to write it; what is not found stays as it was written. */
export function containerIdShown(reference: string, own: ContainerIdentity): string {
  const wanted = reference.replace(/^\//, '');
  for (const [id, name] of own.containerNames) if (id === wanted || name === wanted) return id;
  const byPrefix = [...own.containerNames.keys()].filter((id) => id.startsWith(wanted));
  return byPrefix.length === 1 && byPrefix[0] ? byPrefix[0] : reference;
}
