import { tenantScope } from '../db/scope.ts';
import { type DeploymentRow, type RevisionRow, revisionOf } from '../db/store/deployment.ts';
import { BerthError } from '../domain/errors.ts';
import type { App } from './context.ts';

const cachedRevisions = 2_000;
const revisions = new Map<string, RevisionRow>();

/** The revision that a deployment is at. Revisions are immutable: one that was read once is not read again. */
export async function revisionCurrent(
  app: Pick<App, 'db'>,
  { id, tenantId, revision }: Pick<DeploymentRow, 'id' | 'tenantId' | 'revision'>,
): Promise<RevisionRow> {
  const key = `${id}/${revision}`;
  const known = revisions.get(key);
  if (known) return known;
  const row = await revisionOf(tenantScope(app.db, tenantId), id, revision);
  if (!row) throw new BerthError('not_found', 'There is no such revision of the deployment.');
  const oldest = revisions.size >= cachedRevisions ? revisions.keys().next() : undefined;
  if (oldest?.value !== undefined) revisions.delete(oldest.value);
  revisions.set(key, row);
  return row;
}
