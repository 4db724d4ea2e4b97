import { operatorApi, tenantFind } from './api.ts';
import type { Command } from './command.ts';

export const tenantDeleteCommand: Command = {
  usage: 'tenant delete NAME',
  summary: 'delete a tenant with everything it has (operator)',
  arguments: ['NAME'],
  options: {},
  async run({ arguments: [name = ''] }) {
    const api = operatorApi();
    const tenant = await tenantFind(api, name);
    await api.delete(`/v1/tenants/${tenant.id}`);
    console.log(`${tenant.name} is being deleted: its credentials have ended, its containers, volumes and networks are being removed.`);
  },
};
