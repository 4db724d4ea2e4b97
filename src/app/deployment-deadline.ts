import type { DeploymentSpec } from '../domain/deployment-spec.ts';

const longestMs = 6 * 3_600_000;
/** For what lies between: placing, getting the image to hosts, starting. */
const slackMs = 120_000;
const defaultGraceMs = 10_000;

/** By when a change of a deployment is done, or has failed: as long as its own policy could take at most, with some slack. */
export function rolloutDeadlineMs({ replicas, update, template }: DeploymentSpec): number {
  const batches = Math.max(1, Math.ceil(replicas / update.parallelism));
  const batchMs = update.healthDeadlineMs + update.monitorMs + update.delayMs + stopGraceMs(template);
  return Math.min(longestMs, slackMs + batches * batchMs);
}

/** By when a deployment is gone. One with a host that is lost goes as soon as that host is back or given up. */
export function deleteDeadlineMs({ template }: DeploymentSpec): number {
  return slackMs + stopGraceMs(template);
}

function stopGraceMs({ stopTimeoutSeconds }: DeploymentSpec['template']): number {
  return stopTimeoutSeconds === null ? defaultGraceMs : stopTimeoutSeconds * 1000;
}
