import { imageHosts, imageLocated, imageMissing } from '../db/store/image.ts';
import { BerthError } from '../domain/errors.ts';
import { type Engine, EngineError } from '../engine/engine.ts';
import { hostEngine } from './container-host.ts';
import type { App } from './context.ts';

const transferDeadlineMs = 30 * 60_000;
const underWay = new Map<string, Promise<void>>();

/** Gets an image onto a host that lacks it, as a stream from one that has it. One transfer at a time per host and image. */
export function imageEnsure(app: App, imageId: string, hostId: string): Promise<void> {
  const key = `${app.processId}/${hostId}/${imageId}`;
  let work = underWay.get(key);
  if (!work) {
    work = transfer(app, imageId, hostId).finally(() => underWay.delete(key));
    underWay.set(key, work);
  }
  return work;
}

async function transfer(app: App, imageId: string, hostId: string): Promise<void> {
  const target = hostEngine(app, hostId);
  if (await engineHasImage(target, imageId)) return imageLocated(app.system, imageId, hostId);
  for (const sourceId of await imageHosts(app.system, imageId)) {
    const source = app.fleet.host(sourceId);
    if (sourceId === hostId || !source?.watch.live) continue;
    if (!(await engineHasImage(source.watch.engine, imageId))) {
      await imageMissing(app.system, imageId, sourceId);
      continue;
    }
    const signal = AbortSignal.timeout(transferDeadlineMs);
    const saved = await source.watch.engine.stream({ method: 'GET', path: '/images/get', query: { names: imageId }, signal });
    const loaded = await target.stream({
      method: 'POST',
      path: '/images/load',
      query: { quiet: true },
      stream: saved.body,
      signal,
      deadlineMs: transferDeadlineMs,
    });
    for await (const _ of loaded.body) {
      // The engine is done when its progress ends.
    }
    if (!(await engineHasImage(target, imageId)))
      throw new BerthError('engine_failed', 'The image arrived on the host with another identity. Pull it again.');
    return imageLocated(app.system, imageId, hostId);
  }
  throw new BerthError('unavailable', 'No reachable host has this image any more. Pull or load it again.');
}

export async function engineHasImage(engine: Engine, imageId: string): Promise<boolean> {
  try {
    await engine.json({ method: 'GET', path: `/images/${imageId}/json` });
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return false;
    throw error;
  }
}
