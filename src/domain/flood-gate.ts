import type { AuditEntry } from './audit.ts';

/** A line for the audit: one call, or `count` of the same kind since `since`. */
export interface AuditLine extends AuditEntry {
  at: Date;
  count: number;
  since: Date | null;
}

/** Whoever knocks a thousand times a second gets two lines a minute: the first knock, and how many followed. */
export interface FloodGate {
  /** The line to write now; null: it was counted. */
  pass(entry: AuditEntry, now: number): AuditLine | null;
  /** The counts of minutes that are over; with `all`, of those that are not over too. */
  ended(now: number, all?: boolean): AuditLine[];
  /** Something is being counted. */
  counting(): boolean;
}

const windowMs = 60_000;
const windowsMax = 10_000;

export function floodGate(): FloodGate {
  const windows = new Map<string, { entry: AuditEntry; since: number; more: number }>();
  const full: AuditLine[] = [];

  const take = (now: number, all: boolean): AuditLine[] => {
    const lines: AuditLine[] = [];
    for (const [key, { entry, since, more }] of windows) {
      // In the order they began: those behind are younger.
      if (!all && now - since < windowMs) break;
      windows.delete(key);
      if (more > 0) lines.push({ ...entry, at: new Date(now), count: more, since: new Date(since) });
    }
    return lines;
  };

  return {
    pass(entry, now) {
      const line = { ...entry, at: new Date(now), count: 1, since: null };
      if (entry.outcome === 'done') return line;
      const key = JSON.stringify([entry.actor ?? entry.address, entry.action, entry.code]);
      const window = windows.get(key);
      if (window && now - window.since < windowMs) {
        window.more++;
        return null;
      }
      if (window || windows.size >= windowsMax) full.push(...take(now, !window));
      windows.set(key, { entry, since: now, more: 0 });
      return line;
    },
    ended: (now, all = false) => [...full.splice(0), ...take(now, all)],
    counting: () => windows.size > 0 || full.length > 0,
  };
}
