import type { SystemScope, TenantScope } from '../db/scope.ts';
import {
  type DeploymentRow,
  deploymentByName,
  deploymentOf,
  deploymentPage,
  type RevisionRow,
  revisionOf,
  revisionsOf,
} from '../db/store/deployment.ts';
import { type ReplicaShown, readyCounts, replicasShown } from '../db/store/deployment-view.ts';
import { BerthError } from '../domain/errors.ts';
import { lookUntil } from '../domain/look-until.ts';
import { revisionCurrent } from './deployment-read.ts';

export interface DeploymentShown {
  row: DeploymentRow;
  revision: RevisionRow;
  replicas: ReplicaShown[];
}

/** By id or by name. Throws `not_found`. */
export async function deploymentFind(scope: TenantScope, reference: string): Promise<DeploymentRow> {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(reference);
  const row = (isId && (await deploymentOf(scope, reference))) || (await deploymentByName(scope, reference));
  if (row) return row;
  throw new BerthError('not_found', 'There is no such deployment.');
}

export async function deploymentShow(system: SystemScope, scope: TenantScope, row: DeploymentRow): Promise<DeploymentShown> {
  return { row, revision: await revisionCurrent({ db: system.db }, row), replicas: await replicasShown(scope, row.id) };
}

export function deploymentsRead(scope: TenantScope, after: string | null, limit: number): Promise<DeploymentRow[]> {
  return deploymentPage(scope, after, limit);
}

export function deploymentsReady(scope: TenantScope): Promise<Map<string, number>> {
  return readyCounts(scope);
}

/** The newest first. */
export function deploymentRevisions(scope: TenantScope, row: DeploymentRow): Promise<RevisionRow[]> {
  return revisionsOf(scope, row.id);
}

/** Throws `not_found`. */
export async function deploymentRevision(scope: TenantScope, row: DeploymentRow, number: number): Promise<RevisionRow> {
  const found = await revisionOf(scope, row.id, number);
  if (found) return found;
  throw new BerthError('not_found', `The deployment has no revision ${number}.`);
}

/**
 * The deployment as soon as it is as wished. Throws `conflict` when it is held where it is, and `deadline` after so long, both with
 * the reason and the last lines of the log of what failed; `not_found` when it goes away.
 */
export async function deploymentHealthy(scope: TenantScope, reference: string, waitMs: number): Promise<DeploymentRow> {
  const look = async () => {
    const row = await deploymentFind(scope, reference);
    if (row.phase === 'ready') return row;
    if (row.state === 'deleting') throw new BerthError('conflict', 'The deployment is being deleted.');
    // Only what the driver has seen as paused is so: the wish is younger than that for a moment.
    if (row.state === 'paused' && row.phase !== 'progressing') throw new BerthError('conflict', `The deployment is held: ${whyNot(row)}`);
    return row;
  };
  const row = await lookUntil(waitMs, look, ({ phase }) => phase === 'ready');
  if (row.phase === 'ready') return row;
  throw new BerthError('deadline', `The deployment is not ready yet: ${whyNot(row)}`);
}

function whyNot({ reason, phase, failureLog }: DeploymentRow): string {
  return [reason || phase, failureLog].filter((text) => text !== '').join('\n');
}
