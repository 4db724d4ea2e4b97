import { containerPrune } from '../app/container-prune.ts';
import { imagePrune } from '../app/image-prune.ts';
import { networkPrune } from '../app/network-prune.ts';
import { volumePrune } from '../app/volume-prune.ts';
import { apiVersionAtLeast } from '../policy/api-version.ts';
import { pruneFiltersRead } from './prune-filters.ts';
import { type Call, json, type Reply, type Route } from './route.ts';
import { filterBoolean } from './views/filter-match.ts';

/** Over the tenant's own things on all hosts, one by one: nothing of a prune ever reaches an engine, where it would take from everybody. */
export const pruneRoutes: readonly Route[] = [
  { method: 'POST', path: '/containers/prune', scope: 'run', query: ['filters'], body: 'none', handle: containers },
  { method: 'POST', path: '/images/prune', scope: 'run', query: ['filters'], body: 'none', handle: images },
  { method: 'POST', path: '/networks/prune', scope: 'run', query: ['filters'], body: 'none', handle: networks },
  { method: 'POST', path: '/volumes/prune', scope: 'run', query: ['filters'], body: 'none', handle: volumes },
];

async function containers(call: Call): Promise<Reply> {
  const { matches } = pruneFiltersRead(call, ['until']);
  const { removed, bytes } = await containerPrune(call.app, call.scope, matches);
  return json(200, { ContainersDeleted: orNull(removed), SpaceReclaimed: bytes });
}

async function images(call: Call): Promise<Reply> {
  const { filters, matches } = pruneFiltersRead(call, ['until', 'dangling']);
  const all = filterBoolean(filters, 'dangling') === false;
  const { removed, bytes } = await imagePrune(call.app, call.scope, { all, matches });
  return json(200, { ImagesDeleted: orNull(removed), SpaceReclaimed: bytes });
}

async function networks(call: Call): Promise<Reply> {
  const { matches } = pruneFiltersRead(call, ['until']);
  return json(200, { NetworksDeleted: orNull(await networkPrune(call.app, call.scope, matches)) });
}

async function volumes(call: Call): Promise<Reply> {
  const chooses = apiVersionAtLeast(call.version, '1.42');
  const { filters, matches } = pruneFiltersRead(call, chooses ? ['all'] : []);
  const all = chooses ? filterBoolean(filters, 'all') === true : true;
  const { removed, bytes } = await volumePrune(call.app, call.scope, { all, matches });
  return json(200, { VolumesDeleted: removed, SpaceReclaimed: bytes });
}

/** A list that Go never made is null in its JSON. */
function orNull<T>(list: T[]): T[] | null {
  return list.length > 0 ? list : null;
}
