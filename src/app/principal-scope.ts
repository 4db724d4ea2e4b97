import type { TenantPrincipal } from '../auth/principal.ts';
import { type TenantScope, tenantScope } from '../db/scope.ts';
import type { App } from './context.ts';

/** The database as the caller's tenant sees it: its only way in. */
export function principalScope(app: Pick<App, 'db'>, principal: TenantPrincipal): TenantScope {
  return tenantScope(app.db, principal.tenantId);
}
