import type { App } from '../../app/context.ts';
import { tenantDeleteContinue } from '../../app/tenant-delete.ts';
import { tenantsDeleting } from '../../db/store/tenant.ts';

/** Carries deletions of tenants on, until nothing of them is left anywhere. */
export async function tenantDelete(app: App): Promise<void> {
  for (const tenant of await tenantsDeleting(app.system)) {
    await tenantDeleteContinue(app, tenant.id).catch((error) =>
      app.log.warn('a tenant is not deleted yet', { tenant: tenant.id, cause: String(error) }),
    );
  }
}
