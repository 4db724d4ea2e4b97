import { apiVersionFilter } from './filters/api-version.ts';
import { architectureFilter } from './filters/architecture.ts';
import { capacityFilter } from './filters/capacity.ts';
import { constraintsFilter } from './filters/constraints.ts';
import { isolationFilter } from './filters/isolation.ts';
import { peersFilter } from './filters/peers.ts';
import { pinnedFilter } from './filters/pinned.ts';
import { stateFilter } from './filters/state.ts';
import { wallsFilter } from './filters/walls.ts';
import { binpackStrategy } from './strategies/binpack.ts';
import { peersRank } from './strategies/peers.ts';
import { spreadStrategy } from './strategies/spread.ts';
import type { HostSnapshot, Placement, PlacementRequest } from './types.ts';

const filters = [
  pinnedFilter,
  stateFilter,
  architectureFilter,
  apiVersionFilter,
  constraintsFilter,
  isolationFilter,
  wallsFilter,
  peersFilter,
  capacityFilter,
];
const strategies = { spread: spreadStrategy, binpack: binpackStrategy };

export type StrategyName = keyof typeof strategies;

/** Chooses a host, or says for each reason which hosts (by name, for operators) it ruled out. Pure. */
export function place(hosts: HostSnapshot[], request: PlacementRequest, strategy: StrategyName): Placement {
  const reasons = new Map<string, string[]>();
  const fit: HostSnapshot[] = [];
  for (const host of hosts) {
    const reason = filters.map((filter) => filter(host, request)).find((found) => found !== null);
    if (reason === undefined) fit.push(host);
    else reasons.set(reason, [...(reasons.get(reason) ?? []), host.name]);
  }
  const score = strategies[strategy];
  const ranked = fit.map((host) => ({ host, rank: [...peersRank(hosts, host, request), score(host, request)] }));
  const best = ranked.sort((a, b) => rankCompare(a.rank, b.rank) || (a.host.id < b.host.id ? -1 : 1))[0];
  return best ? { hostId: best.host.id } : { reasons };
}

function rankCompare(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) {
    const difference = value - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
