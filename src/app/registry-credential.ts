import type { TenantScope } from '../db/scope.ts';
import {
  type RegistryCredentialRow,
  registryCredentialDelete,
  registryCredentialGet,
  registryCredentialPage,
  registryCredentialSet,
} from '../db/store/registry.ts';
import { BerthError } from '../domain/errors.ts';
import { type RegistryCredential, registryCredentialRead } from '../policy/registry-auth.ts';
import type { Seal } from '../vault/seal.ts';
import type { App } from './context.ts';
import { tenantCipher } from './tenant-cipher.ts';

const most = 100;

/** Keeps what a tenant shows to a registry, sealed; it is never given out again. Throws `conflict` for one too many. */
export async function registryCredentialKeep(
  seal: Seal,
  scope: TenantScope,
  registry: string,
  credential: Omit<RegistryCredential, 'registryToken'>,
): Promise<RegistryCredentialRow> {
  const cipher = await tenantCipher(seal, scope);
  const sealed = await cipher.seal(new TextEncoder().encode(JSON.stringify(credential)), boundTo(registry));
  return registryCredentialSet(scope, { registry, username: credential.username, sealed }, most);
}

export function registryCredentials(scope: TenantScope, after: string | null, limit: number): Promise<RegistryCredentialRow[]> {
  return registryCredentialPage(scope, after, limit);
}

/** Throws `not_found`. */
export async function registryCredentialRemove(scope: TenantScope, registry: string): Promise<void> {
  if (!(await registryCredentialDelete(scope, registry))) throw new BerthError('not_found', 'There is no credential for this registry.');
}

/**
 * What is shown to a registry: what the client sent along, else what the tenant keeps for it, else nothing. `given`: as `registryAuthRead`
 * wrote it. Throws `refused` for a credential that is for another registry.
 */
export async function registryCredentialFor(
  { seal }: Pick<App, 'seal'>,
  scope: TenantScope,
  registry: string,
  given: string | null,
): Promise<RegistryCredential | null> {
  const shown = given === null ? null : registryCredentialRead(given, registry);
  if (shown) return shown;
  const row = await registryCredentialGet(scope, registry);
  if (!row) return null;
  const cipher = await tenantCipher(seal, scope);
  const kept = JSON.parse(new TextDecoder().decode(await cipher.open(row.sealed, boundTo(registry)))) as Omit<
    RegistryCredential,
    'registryToken'
  >;
  return { ...kept, registryToken: '' };
}

/** One registry's credential opens for that registry alone. */
function boundTo(registry: string): string {
  return `registry/${registry}`;
}
