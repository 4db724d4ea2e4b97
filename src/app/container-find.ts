import type { TenantScope } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import { BerthError } from '../domain/errors.ts';
import type { App } from './context.ts';

/**
 * Finds a tenant's container as an engine does: by its full id, by name, by an unambiguous beginning of its id.
 * Only this tenant's are looked at, so another's answers as if it did not exist. Source: moby daemon/container.go GetContainer.
 */
export async function containerFind(app: App, scope: TenantScope, reference: string): Promise<ContainerRow & { engineId: string }> {
  await app.directory.fresh();
  const exact = app.directory.containerByEngineId(reference);
  if (exact?.tenantId === scope.tenantId && exact.state === 'created') return exact as ContainerRow & { engineId: string };
  const name = reference.startsWith('/') ? reference.slice(1) : reference;
  const beginsWith: ContainerRow[] = [];
  let named: ContainerRow | undefined;
  for (const row of app.directory.containersOf(scope.tenantId)) {
    if (row.state !== 'created' || row.engineId === null) continue;
    if (row.name === name) named = row;
    if (reference !== '' && row.engineId.startsWith(reference)) beginsWith.push(row);
  }
  const found = named ?? (beginsWith.length === 1 ? beginsWith[0] : undefined);
  if (found) return found as ContainerRow & { engineId: string };
  if (beginsWith.length > 1) throw new BerthError('malformed', `multiple IDs found with provided prefix: ${reference}`);
  throw new BerthError('not_found', `No such container: ${reference}`);
}
