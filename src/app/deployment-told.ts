import type { TenantScope } from '../db/scope.ts';
import type { DeploymentRow } from '../db/store/deployment.ts';
import { eventsAppend } from '../db/store/event.ts';
import { eventOwn } from '../domain/event.ts';

/** Tells of a new revision, as the last step of the transaction that makes it. */
export async function deploymentReleased(tx: TenantScope, { id, name, revision }: DeploymentRow): Promise<void> {
  const attributes = { revision: String(revision) };
  await eventsAppend(tx, [
    eventOwn({ type: 'deployment', action: 'released', actorId: id, actorName: name, deployment: name, attributes }),
  ]);
}
