import type { Descriptor } from '../images/registry-manifest.ts';

/** What a layer of a tenant is in registries: compressed, so of another digest than it has unpacked. */
interface LayerKnown extends Pick<Descriptor, 'digest' | 'size'> {
  /** `host[:port]` -> the repositories there that have it, the newest last. */
  at: Map<string, Set<string>>;
}

const most = 20_000;
/** By tenant and diff id. Whether another tenant has pushed the same layer must not show, not even by its speed. */
const layers = new Map<string, LayerKnown>();

/** A layer was pulled from or pushed to a registry: a later push need not send it again. Forgotten with the process. */
export function layerRemember(
  tenantId: string,
  diffId: string,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  { registry, repository }: { registry: string; repository: string },
): void {
  const key = `${tenantId} ${diffId}`;
  const found = layers.get(key);
  const known = found?.digest === digest ? found : { digest, size, at: new Map<string, Set<string>>() };
  const repositories = known.at.get(registry) ?? new Set();
  repositories.delete(repository);
  known.at.set(registry, repositories.add(repository));
  layers.delete(key);
  layers.set(key, known);
  const oldest = layers.size > most ? layers.keys().next().value : undefined;
  if (oldest !== undefined) layers.delete(oldest);
}

export function layerKnown(
  tenantId: string,
  diffId: string,
  registry: string,
): { blob: Pick<Descriptor, 'digest' | 'size'>; repositories: string[] } | null {
  const known = layers.get(`${tenantId} ${diffId}`);
  return known ? { blob: known, repositories: [...(known.at.get(registry) ?? [])].reverse() } : null;
}
