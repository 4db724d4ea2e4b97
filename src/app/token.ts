import { grantsRequire, type Principal } from '../auth/principal.ts';
import { tokenMint } from '../auth/token.ts';
import { type SystemScope, tenantScope } from '../db/scope.ts';
import {
  operatorTokenInsert,
  operatorTokenPage,
  operatorTokenRevoke,
  type TokenRow,
  tenantTokenInsert,
  tokenPage,
  tokenRevoke,
} from '../db/store/credential.ts';
import { BerthError } from '../domain/errors.ts';
import type { Grants } from '../domain/scopes.ts';
import { tenantActive } from './tenant-admin.ts';

/** Whose tokens: a tenant's by its id, or the operators'. */
export type TokenHolder = { tenantId: string } | 'operators';

export interface TokenAsk extends Grants {
  name: string;
  /** null: until it is revoked. */
  expiresAt: Date | null;
}

/**
 * A new token; `text` is to be had this once. Throws `not_found`, `conflict`, `malformed` for an end in the past, and `refused` when
 * it would reach further than the credential of its maker.
 */
export async function tokenCreate(
  system: SystemScope,
  maker: Principal,
  holder: TokenHolder,
  ask: TokenAsk,
): Promise<{ row: TokenRow; text: string }> {
  grantsRequire(maker, ask);
  const { expiresAt } = ask;
  if (expiresAt !== null && expiresAt.getTime() <= Date.now())
    throw new BerthError('malformed', 'expiresAt is in the past. Give a later time, or none.');
  const tenant = holder === 'operators' ? null : await tenantActive(system, holder.tenantId);
  const { text, hash, prefix } = await tokenMint();
  const values = { ...ask, hash, prefix };
  const row = tenant ? await tenantTokenInsert(tenantScope(system.db, tenant.id), values) : await operatorTokenInsert(system, values);
  return { row, text };
}

/** Revoked and expired ones too, so that a name in a log can be looked up. */
export function tokensRead(system: SystemScope, holder: TokenHolder, after: string | null, limit: number): Promise<TokenRow[]> {
  return holder === 'operators'
    ? operatorTokenPage(system, after, limit)
    : tokenPage(tenantScope(system.db, holder.tenantId), after, limit);
}

/** Throws `not_found`; revoking twice is fine. */
export async function tokenEnd(system: SystemScope, holder: TokenHolder, id: string): Promise<void> {
  const found =
    holder === 'operators' ? await operatorTokenRevoke(system, id) : await tokenRevoke(tenantScope(system.db, holder.tenantId), id);
  if (!found) throw new BerthError('not_found', 'There is no such token.');
}
