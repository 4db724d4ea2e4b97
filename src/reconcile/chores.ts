import type { App } from '../app/context.ts';
import { hostDiskMeasure } from '../app/disk-measure.ts';
import { hostImagesSweep } from '../app/image-sweep.ts';
import { recordsExpire } from '../app/record-remove.ts';
import { buildCacheExpire } from '../db/store/build.ts';
import { eventsPrune } from '../db/store/event.ts';
import { buildLimits } from '../domain/limits.ts';
import type { FleetHost } from '../observe/fleet.ts';

const minute = 60_000;
const eventDays = 7;
/** Longer than a pull or a build may take: what is brought to a host is nobody's until it is whole. */
const imageUnusedMs = 120 * minute;

/** What is done now and then, beside the rounds. Any process may, and more than one at once. */
export interface Chore<Of extends unknown[]> {
  name: string;
  everyMs: number;
  work(app: App, ...of: Of): Promise<void>;
}

export const chores: readonly Chore<[]>[] = [
  { name: 'event prune', everyMs: 60 * minute, work: (app) => eventsPrune(app.system, eventDays) },
  { name: 'record prune', everyMs: 10 * minute, work: recordsExpire },
  { name: 'build cache age', everyMs: 60 * minute, work: (app) => buildCacheExpire(app.system, buildLimits.cacheDays) },
];

export const hostChores: readonly Chore<[FleetHost]>[] = [
  // An engine walks through every volume for it.
  { name: 'disk measure', everyMs: 2 * minute, work: hostDiskMeasure },
  { name: 'image sweep', everyMs: 10 * minute, work: (app, host) => hostImagesSweep(app, host, imageUnusedMs) },
];
