import type { TenantScope } from '../db/scope.ts';
import { containerNameConflict } from '../db/store/container.ts';
import { BerthError } from '../domain/errors.ts';
import type { App } from './context.ts';

/** The conflict that a taken name is, with the id of the container that has it, as Docker says it; another error as it is. */
export async function containerNameTaken(app: App, scope: TenantScope, name: string, error: unknown): Promise<unknown> {
  if (!(error instanceof BerthError && error.code === 'conflict')) return error;
  await app.directory.fresh();
  for (const row of app.directory.containersOf(scope.tenantId)) {
    if (row.name === name && row.state === 'created' && row.engineId !== null)
      return containerNameConflict(name, `container "${row.engineId}"`);
  }
  return error;
}
