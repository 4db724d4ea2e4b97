export const eventTypes = ['builder', 'container', 'deployment', 'image', 'network', 'volume'] as const;

/** One line of a tenant's history, before it has its place in it. */
export interface EventNew {
  /** What it is about. */
  type: (typeof eventTypes)[number];
  /** As Docker names it where Docker has a name: `start`, `die`, `health_status: healthy`. */
  action: string;
  /** As Docker has it: the 64 hex digits of a container or network, the id or name of an image, the name of a volume; the id of a deployment. */
  actorId: string;
  /** The tenant's own name for it. */
  actorName: string;
  /** Of a container: the deployment it is a replica of. */
  deployment: string | null;
  attributes: Record<string, string>;
  /** When it happened, in nanoseconds since 1970. */
  timeNano: bigint;
  /** Told by nobody, but concluded from what was found. */
  synthesised: boolean;
  /** What two watchers of the same thing both call it, so that it is written once; null: told by one only. */
  source: string | null;
}

/** Something that Berth itself did or found, now. */
export function eventOwn(event: Pick<EventNew, 'type' | 'action' | 'actorId' | 'actorName'> & Partial<EventNew>): EventNew {
  return { deployment: null, attributes: {}, timeNano: BigInt(Date.now()) * 1_000_000n, synthesised: false, source: null, ...event };
}
