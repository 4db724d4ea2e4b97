/**
 * How often a process shows that it lives, and after what silence others act in its place. Milliseconds.
 * Every limit is several beats long, so that one lost beat moves nothing. Limits are measured by Postgres's clock.
 */
export interface Pace {
  processBeatMs: number;
  /** A process that was not seen for this long is dead: what it had begun may be finished by others. */
  processLostMs: number;
  hostKeepMs: number;
  /** How long a keeper stays one without renewing. */
  hostLeaseMs: number;
  /** How long a driver of a deployment stays one without renewing. */
  driverLeaseMs: number;
  /** So often is an engine asked whether it is there. */
  engineBeatMs: number;
  /** A host that was silent for this long is lost: its replicas are made elsewhere. */
  hostLostMs: number;
  /** The reconciler's rounds: a lost wake-up costs this much delay. */
  roundMs: number;
  /** Full lists of an engine whose events flow: an engine drops events that are not read quickly enough. */
  listMs: number;
}

export const defaultPace: Pace = {
  processBeatMs: 1_000,
  processLostMs: 5_000,
  hostKeepMs: 1_500,
  hostLeaseMs: 5_000,
  driverLeaseMs: 5_000,
  engineBeatMs: 1_000,
  hostLostMs: 6_000,
  roundMs: 2_000,
  listMs: 60_000,
};
