import { and, asc, eq, gt, inArray, isNull, lt, or, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Quota } from '../../domain/quota.ts';
import type { Grants } from '../../domain/scopes.ts';
import { clientCertificate, tenant, token } from '../schema/tenant.ts';
import type { SystemScope, TenantScope } from '../scope.ts';

export type TokenRow = Omit<typeof token.$inferSelect, 'hash'>;
export type CertificateRow = typeof clientCertificate.$inferSelect;

const tokenColumns = {
  id: token.id,
  tenantId: token.tenantId,
  name: token.name,
  prefix: token.prefix,
  createdAt: token.createdAt,
  expiresAt: token.expiresAt,
  revokedAt: token.revokedAt,
  scopes: token.scopes,
  deployments: token.deployments,
  addresses: token.addresses,
  lastUsedAt: token.lastUsedAt,
};

export interface CredentialOwner extends Grants {
  credentialId: string;
  /** null: an operator. */
  tenantId: string | null;
  /** Of the tenant; null for an operator. */
  quota: Quota | null;
  expiresAt: Date | null;
}

/** Who holds this token. Revoked, expired and unknown are all the same nothing, and so are those of a tenant that is being deleted. */
export async function tokenOwner(scope: SystemScope, hash: Uint8Array): Promise<CredentialOwner | undefined> {
  const [row] = await scope.db
    .select({
      ...{ credentialId: token.id, tenantId: token.tenantId, expiresAt: token.expiresAt, state: tenant.state, quota: tenant.quota },
      ...{ scopes: token.scopes, deployments: token.deployments, addresses: token.addresses },
    })
    .from(token)
    .leftJoin(tenant, eq(tenant.id, token.tenantId))
    .where(and(eq(token.hash, hash), isNull(token.revokedAt), or(isNull(token.expiresAt), gt(token.expiresAt, sql`now()`))));
  if (!row || (row.tenantId !== null && row.state !== 'active')) return undefined;
  return row;
}

/** Who holds the certificate with this serial, likewise. */
export async function certificateOwner(scope: SystemScope, serial: string): Promise<CredentialOwner | undefined> {
  const [row] = await scope.db
    .select({
      ...{
        credentialId: clientCertificate.serial,
        tenantId: clientCertificate.tenantId,
        expiresAt: clientCertificate.expiresAt,
        quota: tenant.quota,
      },
      ...{ scopes: clientCertificate.scopes, deployments: clientCertificate.deployments, addresses: clientCertificate.addresses },
    })
    .from(clientCertificate)
    .innerJoin(tenant, and(eq(tenant.id, clientCertificate.tenantId), eq(tenant.state, 'active')))
    .where(and(eq(clientCertificate.serial, serial), isNull(clientCertificate.revokedAt), gt(clientCertificate.expiresAt, sql`now()`)));
  return row;
}

/** Which of these credentials still open anything. */
export async function credentialsLiving(scope: SystemScope, credentialIds: string[]): Promise<string[]> {
  const tokens = scope.db
    .select({ credentialId: sql<string>`${token.id}::text` })
    .from(token)
    .leftJoin(tenant, eq(tenant.id, token.tenantId))
    .where(
      and(
        inArray(sql`${token.id}::text`, credentialIds),
        isNull(token.revokedAt),
        or(isNull(token.expiresAt), gt(token.expiresAt, sql`now()`)),
        or(isNull(token.tenantId), eq(tenant.state, 'active')),
      ),
    );
  const certificates = scope.db
    .select({ credentialId: clientCertificate.serial })
    .from(clientCertificate)
    .innerJoin(tenant, and(eq(tenant.id, clientCertificate.tenantId), eq(tenant.state, 'active')))
    .where(
      and(
        inArray(clientCertificate.serial, credentialIds),
        isNull(clientCertificate.revokedAt),
        gt(clientCertificate.expiresAt, sql`now()`),
      ),
    );
  return (await tokens.unionAll(certificates)).map((row) => row.credentialId);
}

/** The last use is now, where what is written is older than a minute: every process says so of every credential it sees. */
export async function tokenUsed(scope: SystemScope, id: string): Promise<void> {
  await scope.db
    .update(token)
    .set({ lastUsedAt: sql`now()` })
    .where(and(eq(token.id, id), aMinuteOld(token.lastUsedAt)));
}

/** Likewise of a certificate. */
export async function certificateUsed(scope: SystemScope, serial: string): Promise<void> {
  await scope.db
    .update(clientCertificate)
    .set({ lastUsedAt: sql`now()` })
    .where(and(eq(clientCertificate.serial, serial), aMinuteOld(clientCertificate.lastUsedAt)));
}

function aMinuteOld(column: PgColumn) {
  return or(isNull(column), lt(column, sql`now() - interval '1 minute'`));
}

/** A limit that is left out there is not. */
export interface TokenInsert extends Partial<Grants> {
  name: string;
  hash: Uint8Array;
  prefix: string;
  expiresAt: Date | null;
}

export async function tenantTokenInsert(scope: TenantScope, values: TokenInsert): Promise<TokenRow> {
  const [row] = await scope.db
    .insert(token)
    .values({ ...values, tenantId: scope.tenantId })
    .returning(tokenColumns);
  return row as TokenRow;
}

export async function operatorTokenInsert(scope: SystemScope, values: TokenInsert): Promise<TokenRow> {
  const [row] = await scope.db.insert(token).values(values).returning(tokenColumns);
  return row as TokenRow;
}

export function tokenPage(scope: TenantScope, after: string | null, limit: number): Promise<TokenRow[]> {
  return scope.db
    .select(tokenColumns)
    .from(token)
    .where(and(eq(token.tenantId, scope.tenantId), after === null ? undefined : gt(token.id, after)))
    .orderBy(asc(token.id))
    .limit(limit);
}

export function operatorTokenPage(scope: SystemScope, after: string | null, limit: number): Promise<TokenRow[]> {
  return scope.db
    .select(tokenColumns)
    .from(token)
    .where(and(isNull(token.tenantId), after === null ? undefined : gt(token.id, after)))
    .orderBy(asc(token.id))
    .limit(limit);
}

/** Revoking twice is fine; false when there is no such token of an operator. */
export async function operatorTokenRevoke(scope: SystemScope, id: string): Promise<boolean> {
  const rows = await scope.db
    .update(token)
    .set({ revokedAt: sql`coalesce(${token.revokedAt}, now())` })
    .where(and(isNull(token.tenantId), eq(token.id, id)))
    .returning({ id: token.id });
  return rows.length > 0;
}

/** Revoking twice is fine; false when the tenant has no such token. */
export async function tokenRevoke(scope: TenantScope, id: string): Promise<boolean> {
  const rows = await scope.db
    .update(token)
    .set({ revokedAt: sql`coalesce(${token.revokedAt}, now())` })
    .where(and(eq(token.tenantId, scope.tenantId), eq(token.id, id)))
    .returning({ id: token.id });
  return rows.length > 0;
}

export async function certificateInsert(
  scope: TenantScope,
  values: Partial<Grants> & { serial: string; name: string; expiresAt: Date },
): Promise<CertificateRow> {
  const [row] = await scope.db
    .insert(clientCertificate)
    .values({ ...values, tenantId: scope.tenantId })
    .returning();
  return row as CertificateRow;
}

export function certificatePage(scope: TenantScope, after: string | null, limit: number): Promise<CertificateRow[]> {
  return scope.db
    .select()
    .from(clientCertificate)
    .where(and(eq(clientCertificate.tenantId, scope.tenantId), after === null ? undefined : gt(clientCertificate.id, after)))
    .orderBy(asc(clientCertificate.id))
    .limit(limit);
}

export async function certificateRevoke(scope: TenantScope, id: string): Promise<boolean> {
  const rows = await scope.db
    .update(clientCertificate)
    .set({ revokedAt: sql`coalesce(${clientCertificate.revokedAt}, now())` })
    .where(and(eq(clientCertificate.tenantId, scope.tenantId), eq(clientCertificate.id, id)))
    .returning({ serial: clientCertificate.serial });
  return rows.length > 0;
}
