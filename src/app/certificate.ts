import { grantsRequire, type Principal } from '../auth/principal.ts';
import { type SystemScope, tenantScope } from '../db/scope.ts';
import { type CertificateRow, certificateInsert, certificatePage, certificateRevoke } from '../db/store/credential.ts';
import { BerthError } from '../domain/errors.ts';
import type { Grants } from '../domain/scopes.ts';
import type { Authority } from '../vault/authority.ts';
import { tenantActive } from './tenant-admin.ts';

export interface CertificateAsk extends Grants {
  name: string;
  /** PKCS#10, PEM. */
  csr: string;
  validDays: number;
}

/** Signs a tenant's key. Nothing in the request counts but its key. Throws `not_found`, `conflict`, `malformed`, and `refused` as tokenCreate. */
export async function certificateSign(
  system: SystemScope,
  authority: Authority,
  maker: Principal,
  tenantId: string,
  { csr, validDays, ...ask }: CertificateAsk,
): Promise<{ row: CertificateRow; certificatePem: string }> {
  grantsRequire(maker, ask);
  const { name } = ask;
  const { id } = await tenantActive(system, tenantId);
  const { certificatePem, serial, expiresAt } = await authority.clientSign(csr, name, validDays);
  const row = await certificateInsert(tenantScope(system.db, id), { ...ask, serial, expiresAt });
  return { row, certificatePem };
}

export function certificatesRead(system: SystemScope, tenantId: string, after: string | null, limit: number): Promise<CertificateRow[]> {
  return certificatePage(tenantScope(system.db, tenantId), after, limit);
}

/** Throws `not_found`; revoking twice is fine. */
export async function certificateEnd(system: SystemScope, tenantId: string, id: string): Promise<void> {
  if (!(await certificateRevoke(tenantScope(system.db, tenantId), id))) throw new BerthError('not_found', 'There is no such certificate.');
}
