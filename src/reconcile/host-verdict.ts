/** What this process knows of a host, in milliseconds of one clock. */
export interface HostSigns {
  /** When its engine last answered. */
  engineAt: number;
  /** When a replica on it was last reached; 0: not since this process began. */
  answeredAt: number;
  /** When the last look at its replicas began that reached none; 0: there was none. */
  noneAt: number;
}

/** After this share of the grace a host counts as silent in the judgement about the others. */
const silentShare = 2 / 3;
/** However long the grace is, an operator wants to know sooner whether the replicas answer. */
const lookAfterMaxMs = 4_000;

/** Pure: whether the engine has been silent for so long that its replicas are asked, in time for the verdict. */
export function replicasAsked({ engineAt }: HostSigns, lostMs: number, now: number): boolean {
  return now - engineAt > Math.min(lostMs * silentShare, lookAfterMaxMs);
}

/**
 * Pure: which hosts are given up. Those of which neither the engine nor a replica was heard for the grace, unless too many fell silent
 * together: then it is our own link that is cut, and nothing moves. Nobody is given up before its replicas were looked for.
 */
export function hostsGivenUp<Host extends HostSigns>(hosts: readonly Host[], lostMs: number, now: number): Host[] {
  const silent = hosts.filter((host) => now - heardAt(host) > lostMs * silentShare);
  if (linkSuspect(silent.length, hosts.length)) return [];
  return silent.filter((host) => now - heardAt(host) > lostMs && host.noneAt > heardAt(host));
}

/** More than a third of the fleet, and at least two. */
function linkSuspect(silent: number, hosts: number): boolean {
  return silent >= 2 && silent > hosts / 3;
}

function heardAt({ engineAt, answeredAt }: HostSigns): number {
  return Math.max(engineAt, answeredAt);
}
