import type { App } from '../app/context.ts';
import type { DeploymentRow } from '../db/store/deployment.ts';
import {
  type PublicationRow,
  publicationsDelete,
  publicationsOfDeployment,
  publicationsTake,
  publicationTargetDelete,
  publicationTargetDrain,
  publicationTargetReady,
  publicationTargets,
} from '../db/store/port.ts';
import type { DeploymentPort } from '../domain/deployment-spec.ts';
import type { ReplicaSeen } from './replica-observe.ts';

/** Connections that a replica has when it is to go may last this long. */
const drainMs = 15_000;
/** An edge's word comes by a notice; a lost one costs so much. */
const lookMs = 1_000;

/** The edge's ports that a deployment has now, and why it did not get those it wants. */
export interface PortsEnsured {
  publications: PublicationRow[];
  refused: string | null;
}

/** Takes the edge's ports of a deployment, all or none, where it does not `have` them. */
export async function portsEnsure(
  app: App,
  row: DeploymentRow,
  ports: readonly DeploymentPort[],
  have: PublicationRow[],
): Promise<PortsEnsured> {
  if (ports.length === have.length && ports.every((port) => have.some((one) => serves(one, port))))
    return { publications: have, refused: null };
  if (ports.length === 0) {
    await publicationsDelete(
      app.system,
      have.map(({ id }) => id),
    );
    return { publications: [], refused: null };
  }
  const wishes = ports.map(({ target, protocol, published }) => ({
    ...{ containerPort: target, protocol, loopback: false },
    edgePorts: published === null ? null : { first: published, last: published },
  }));
  const owner = { tenantId: row.tenantId, deploymentId: row.id, proxyProtocol: ports.some(({ proxyProtocol }) => proxyProtocol) };
  const result = await publicationsTake(app.system, owner, wishes, app.ownPorts);
  return 'refused' in result
    ? { publications: have, refused: `port ${result.port} of the edge is taken` }
    : { publications: result.rows, refused: null };
}

function serves(row: PublicationRow, port: DeploymentPort): boolean {
  return (
    row.containerPort === port.target &&
    row.protocol === port.protocol &&
    row.state !== 'kept' &&
    (port.published === null || row.port === port.published)
  );
}

/**
 * Leads the edge to the replicas that are ready, and to no other. One that fails and runs on, as an unhealthy one does, keeps the
 * connections it has until they have lasted long enough. Doing it twice changes nothing.
 */
export async function targetsSync(app: App, publications: readonly PublicationRow[], seen: readonly ReplicaSeen[]): Promise<void> {
  if (publications.length === 0) return;
  const targets = await publicationTargets(
    app.system,
    publications.map(({ id }) => id),
  );
  const ready = new Set(seen.filter(({ phase, host }) => phase === 'ready' && host !== 'lost').map(({ id }) => id));
  const leaving = new Set(seen.filter(({ phase, runs }) => phase === 'draining' || (phase === 'failed' && runs)).map(({ id }) => id));
  const until = new Date(Date.now() + drainMs);
  for (const { id: publicationId } of publications) {
    const known = new Set(targets.filter((target) => target.publicationId === publicationId).map((target) => target.containerId));
    for (const containerId of ready) {
      // One that began to drain since it was seen must not be led to again: nothing comes back from draining.
      if (!known.has(containerId)) await publicationTargetReady(app.system, publicationId, containerId);
    }
    for (const containerId of known) {
      if (leaving.has(containerId)) await publicationTargetDrain(app.system, publicationId, containerId, until);
      else if (!ready.has(containerId)) await publicationTargetDelete(app.system, publicationId, containerId);
    }
  }
}

/** Takes a replica out of the edge, and resolves when it has no connection left, or when they have lasted long enough. */
export async function targetDrain(app: App, deploymentId: string, containerId: string): Promise<void> {
  const publications = (await publicationsOfDeployment(app.system, deploymentId)).map(({ id }) => id);
  if (publications.length === 0) return;
  const until = Date.now() + drainMs;
  for (const publicationId of publications) {
    await publicationTargetDrain(app.system, publicationId, containerId, new Date(until));
  }
  for (;;) {
    const told = app.bus.told('row:publication', publications, Math.min(lookMs, until - Date.now()));
    const left = (await publicationTargets(app.system, publications)).filter((target) => target.containerId === containerId);
    if (left.every(({ state }) => state === 'drained') || Date.now() >= until) return;
    await told;
  }
}
