import { scopeTransaction, tenantScopeWithin } from '../db/scope.ts';
import { networkInsert } from '../db/store/network.ts';
import { type TenantRow, tenantDeleteBegin, tenantInsert } from '../db/store/tenant.ts';
import { hexIdMint } from '../domain/encoding.ts';
import { BerthError } from '../domain/errors.ts';
import type { App } from './context.ts';
import { builtinNetwork } from './network-find.ts';

/** Makes a tenant with its builtin network. Throws `conflict` when the name is taken. */
export function tenantCreate(app: Pick<App, 'system'>, name: string): Promise<TenantRow> {
  return scopeTransaction(app.system, async (tx) => {
    const row = await tenantInsert(tx, name);
    await networkInsert(tenantScopeWithin(tx, row.id), {
      id: hexIdMint(),
      name: builtinNetwork,
      groupId: null,
      internal: false,
      labels: {},
    });
    return row;
  });
}

/** Ends a tenant: its credentials at once, everything it has by and by. Throws `not_found`. */
export async function tenantDeleteStart(app: Pick<App, 'system'>, id: string): Promise<void> {
  if (!(await tenantDeleteBegin(app.system, id))) throw new BerthError('not_found', 'There is no such tenant.');
}
