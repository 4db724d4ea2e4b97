import type { Bus } from '../db/bus.ts';
import type { EventWait } from './event-read.ts';

/** A lost notice costs this much. */
const patienceMs = 1_000;

/** Rings for whoever waits for a tenant's events. One per process. */
export function eventBell(bus: Bus): EventWait {
  const waiting = new Map<string, Set<() => void>>();
  const ring = (tenantId: string) => {
    for (const wake of waiting.get(tenantId) ?? []) wake();
  };
  bus.on('event', ring);
  return async (tenantId, signal) => {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const own = waiting.get(tenantId) ?? new Set();
    waiting.set(tenantId, own.add(resolve));
    const timer = setTimeout(resolve, patienceMs);
    const end = () => resolve();
    signal.addEventListener('abort', end);
    await promise;
    signal.removeEventListener('abort', end);
    clearTimeout(timer);
    own.delete(resolve);
    if (own.size === 0) waiting.delete(tenantId);
  };
}
