import type { TenantScope } from '../db/scope.ts';
import { tenantKeyEnsure } from '../db/store/secret.ts';
import { type Cipher, cipherKeyBytes, cipherOpen } from '../vault/cipher.ts';
import type { Seal } from '../vault/seal.ts';

/** Seals what a tenant trusts us with, under a key of that tenant's own, which is made when it is first needed. */
export async function tenantCipher(seal: Seal, scope: TenantScope): Promise<Cipher> {
  const sealed = await tenantKeyEnsure(scope, () =>
    seal.seal(btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(cipherKeyBytes))))),
  );
  return cipherOpen(Uint8Array.from(atob(await seal.open(sealed)), (c) => c.charCodeAt(0)));
}
