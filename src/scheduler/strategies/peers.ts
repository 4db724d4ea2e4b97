import { hostFact } from '../filters/constraints.ts';
import type { HostSnapshot, PlacementRequest } from '../types.ts';

/**
 * Where replicas of one deployment stand, compared before anything else: for each spread label, how many share this host's value; at last
 * how many share the host itself. Fewer is better.
 */
export function peersRank(hosts: readonly HostSnapshot[], host: HostSnapshot, request: PlacementRequest): number[] {
  const { peers } = request;
  if (!peers) return [];
  const sharing = (label: string) =>
    hosts.filter((other) => hostFact(other, label) === hostFact(host, label)).reduce((sum, other) => sum + (peers.get(other.id) ?? 0), 0);
  return [...(request.spread ?? []).map(sharing), peers.get(host.id) ?? 0];
}
