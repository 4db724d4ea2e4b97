import type { Filter } from '../types.ts';

/** Stands for every tenant in a host's list of those that the operator puts there. */
export const everyTenant = '*';

/** A host on which no probe has found the walls closed serves only the tenants that the operator puts there. */
export const wallsFilter: Filter = (host, request) =>
  host.walled || host.tenants.includes(everyTenant) || host.tenants.includes(request.tenantId)
    ? null
    : 'not yet known to keep tenants apart';
