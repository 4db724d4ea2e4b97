import type { TenantScope } from '../db/scope.ts';
import { type NetworkRow, networkInsert, networksOf } from '../db/store/network.ts';
import { hexIdMint } from '../domain/encoding.ts';
import { BerthError } from '../domain/errors.ts';
import type { App } from './context.ts';

/** The name of the network every tenant has from the start. */
export const builtinNetwork = 'bridge';

/** Finds a tenant's network by name, id, or unambiguous beginning of its id; `default` and `bridge` are the builtin one. */
export async function networkFind(app: App, scope: TenantScope, reference: string): Promise<NetworkRow> {
  if (reference === 'default' || reference === builtinNetwork) return networkBuiltin(app, scope);
  const own = app.directory.networksOf(scope.tenantId);
  const exact = own.find((row) => row.id === reference) ?? own.find((row) => row.name === reference);
  if (exact) return exact;
  const byPrefix = reference === '' ? [] : own.filter((row) => row.id.startsWith(reference));
  if (byPrefix.length === 1) return byPrefix[0] as NetworkRow;
  if (byPrefix.length > 1)
    throw new BerthError('malformed', `network ${reference} is ambiguous (${byPrefix.length} matches found based on ID prefix)`);
  throw new BerthError('not_found', `network ${reference} not found`);
}

/** The tenant's `bridge`, made when it is first needed. */
export async function networkBuiltin(app: App, scope: TenantScope): Promise<NetworkRow> {
  const known = app.directory.networksOf(scope.tenantId).find((row) => row.name === builtinNetwork);
  if (known) return known;
  try {
    const made = await networkInsert(scope, { id: hexIdMint(), name: builtinNetwork, groupId: null, internal: false, labels: {} });
    app.directory.networks.apply(made);
    return made;
  } catch (error) {
    const other = (await networksOf(scope)).find((row) => row.name === builtinNetwork && row.state === 'active');
    if (other) return other;
    throw error;
  }
}
