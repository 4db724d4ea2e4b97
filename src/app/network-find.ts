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
  const [found, ...more] = networksNamed(app, scope.tenantId, reference);
  if (more.length > 0)
    throw new BerthError('malformed', `network ${reference} is ambiguous (${more.length + 1} matches found based on ID prefix)`);
  if (found) return found;
  throw new BerthError('not_found', `network ${reference} not found`);
}

/** The same of what is known at this moment, with nothing made: undefined where there is none, or more than one. */
export function networkKnown(app: App, tenantId: string, reference: string): NetworkRow | undefined {
  const [found, ...more] = networksNamed(app, tenantId, reference === 'default' ? builtinNetwork : reference);
  return more.length === 0 ? found : undefined;
}

function networksNamed(app: App, tenantId: string, reference: string): NetworkRow[] {
  const own = app.directory.networksOf(tenantId);
  const exact = own.find((row) => row.id === reference) ?? own.find((row) => row.name === reference);
  if (exact) return [exact];
  return reference === '' ? [] : own.filter((row) => row.id.startsWith(reference));
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
