import type { TenantScope } from '../db/scope.ts';
import { type BuildStep, buildCacheClear, buildSteps } from '../db/store/build.ts';
import { imageList } from '../db/store/image.ts';
import { buildLimits } from '../domain/limits.ts';
import type { EngineImageInspect } from '../engine/inspect-types.ts';
import { draftParse } from '../images/image-draft.ts';
import type { App } from './context.ts';
import { eventPruned, eventTell } from './event-tell.ts';

/** A step that the tenant's cache knows. */
export interface BuildRecord {
  /** Of the image that it came to. */
  id: string;
  parentId: string | null;
  /** As the history has it. */
  description: string;
  /** Of the layer that it made. */
  bytes: number;
  /** Those lie in an image of the tenant's, or are counted with another step. */
  shared: boolean;
  inUse: boolean;
  createdAt: Date;
  usedAt: Date;
  uses: number;
}

export async function buildRecords(scope: TenantScope): Promise<BuildRecord[]> {
  const [steps, images] = await Promise.all([buildSteps(scope, buildLimits.seconds), imageList(scope)]);
  const counted = new Set(images.flatMap(({ document }) => chainsOf((document as EngineImageInspect).RootFS.Layers ?? [])));
  const records = new Map<string, BuildRecord>();
  for (const step of steps) {
    const known = records.get(step.imageId);
    if (known) records.set(step.imageId, { ...known, ...usedBoth(known, step) });
    else records.set(step.imageId, recordOf(step, counted));
  }
  return [...records.values()];
}

/** One for each layer: with all below it. */
function chainsOf(diffIds: readonly string[]): string[] {
  return diffIds.map((_, i) => diffIds.slice(0, i + 1).join(' '));
}

function recordOf(step: BuildStep, counted: Set<string>): BuildRecord {
  const { imageId: id, parentId, inUse, createdAt, usedAt, uses, layerBytes: bytes } = step;
  const { history, diffIds } = draftParse(step.config);
  const chain = diffIds.join(' ');
  const shared = bytes > 0 && counted.has(chain);
  if (bytes > 0) counted.add(chain);
  const description = history.at(-1)?.created_by ?? '';
  return { ...{ id, parentId, description, bytes, shared }, ...{ inUse, createdAt, usedAt, uses } };
}

function usedBoth(one: BuildRecord, other: BuildStep): Pick<BuildRecord, 'inUse' | 'usedAt' | 'uses'> {
  const usedAt = new Date(Math.max(one.usedAt.getTime(), other.usedAt.getTime()));
  return { inUse: one.inUse || other.inUse, usedAt, uses: one.uses + other.uses };
}

export interface BuildPruneRequest {
  /** Only what was not used since; null: whenever. */
  before: Date | null;
  /** What was used last stays, as long as it is not more. */
  keepBytes: number;
}

/**
 * Forgets a tenant's build cache. Returns the steps that went, and what the tenant has less of then: a layer that an image of its own has
 * too is not among that.
 */
export async function buildPrune(
  app: App,
  scope: TenantScope,
  { before, keepBytes }: BuildPruneRequest,
): Promise<{ removed: string[]; bytes: number }> {
  const known = await buildRecords(scope);
  const kept = keepBytes > 0 ? lastUsed(known, keepBytes) : [];
  await buildCacheClear(scope, buildLimits.seconds, { before, kept });
  const left = await buildRecords(scope);
  const there = new Set(left.map(({ id }) => id));
  const bytes = bytesOf(known) - bytesOf(left);
  await eventTell(app, scope, eventPruned('builder', bytes));
  await app.bus.barrier();
  return { removed: known.filter(({ id }) => !there.has(id)).map(({ id }) => id), bytes };
}

function bytesOf(records: readonly BuildRecord[]): number {
  return records.reduce((sum, { bytes, shared }) => sum + (shared ? 0 : bytes), 0);
}

function lastUsed(records: readonly BuildRecord[], mostBytes: number): string[] {
  let left = mostBytes;
  const newest = [...records].sort((a, b) => b.usedAt.getTime() - a.usedAt.getTime());
  const fitting = newest.filter(({ bytes, shared }) => shared || (left -= bytes) >= 0);
  return fitting.map(({ id }) => id);
}
