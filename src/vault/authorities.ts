import type { SystemScope } from '../db/scope.ts';
import { authorityGet, authorityInsert } from '../db/store/installation.ts';
import { type Authority, authorityMake, authorityOpen } from './authority.ts';
import type { Seal } from './seal.ts';

/** The installation's authorities: one signs our endpoint, one signs tenants. Made at the first start, the same for every process. */
export async function authorityLoad(scope: SystemScope, seal: Seal, purpose: 'server' | 'client'): Promise<Authority> {
  let row = await authorityGet(scope, purpose);
  if (!row) {
    const made = await authorityMake(`Berth ${purpose} authority`);
    await authorityInsert(scope, { purpose, certificate: made.certificatePem, sealedKey: await seal.seal(made.keyPem) });
    row = await authorityGet(scope, purpose);
  }
  if (!row) throw new Error('the authority row vanished');
  return authorityOpen(row.certificate, await seal.open(row.sealedKey));
}
