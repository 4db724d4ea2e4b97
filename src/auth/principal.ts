import { BerthError } from '../domain/errors.ts';
import type { Quota } from '../domain/quota.ts';
import type { Grants, ScopeNeeded } from '../domain/scopes.ts';

/** Who makes a call. A tenant's credential stands for the tenant; an operator's for whoever runs the fleet. */
export type Principal = TenantPrincipal | OperatorPrincipal;

interface Credential {
  credentialId: string;
  grants: Grants;
}

export interface TenantPrincipal extends Credential {
  kind: 'tenant';
  tenantId: string;
  quota: Quota;
}

export interface OperatorPrincipal extends Credential {
  kind: 'operator';
}

/** Throws `refused` unless the principal is an operator. */
export function operatorRequire(principal: Principal): OperatorPrincipal {
  if (principal.kind === 'operator') return principal;
  throw new BerthError('refused', 'Only an operator of this fleet may do that. Use an operator token.');
}

/** The tenant a call is about: its own for a tenant, the named one for an operator. Another's reads as if it did not exist. */
export function tenantRequire(principal: Principal, tenantId: string): string {
  if (principal.kind === 'operator' || principal.tenantId === tenantId) return tenantId;
  throw new BerthError('not_found', 'There is no such tenant.');
}

/** The tenant whose own things a call is about. Throws `refused` for an operator, who has none. */
export function ownRequire(principal: Principal): TenantPrincipal {
  if (principal.kind === 'tenant') return principal;
  throw new BerthError('refused', 'This is about the things of a tenant, and an operator has none. Use a token of that tenant.');
}

/** Throws `refused`, naming the scope, unless the credential is good for it. */
export function scopeRequire({ grants: { scopes } }: Principal, needed: ScopeNeeded): void {
  if (needed === 'any' || scopes.includes(needed)) return;
  throw new BerthError('refused', `This takes the scope "${needed}", and this credential has: ${scopes.join(', ')}. Use one that has it.`);
}

/** Throws `refused` unless the credential is good for this deployment; `null` asks for all of them, also those to come. */
export function deploymentRequire({ grants: { deployments } }: Principal, name: string | null): void {
  if (deployments === null || (name !== null && deployments.includes(name))) return;
  throw new BerthError('refused', `This credential may deploy ${deployments.join(', ')} and nothing else. Use one without that limit.`);
}

/** Throws `refused` when one credential would make another that reaches further than itself. */
export function grantsRequire({ grants }: Principal, asked: Pick<Grants, 'scopes' | 'deployments'>): void {
  const beyond = asked.scopes.filter((scope) => !grants.scopes.includes(scope));
  if (beyond.length > 0)
    throw new BerthError('refused', `scopes: this credential has no ${beyond.join(', ')} itself, and hands out no more than it has.`);
  const { deployments } = grants;
  if (deployments !== null && !asked.deployments?.every((name) => deployments.includes(name)))
    throw new BerthError(
      'refused',
      `deployments: this credential is limited to ${deployments.join(', ')}, and hands out no more than it has.`,
    );
}
