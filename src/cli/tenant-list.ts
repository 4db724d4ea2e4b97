import { operatorApi } from './api.ts';
import { type Command, jsonOption } from './command.ts';
import { listPrint, timeShort } from './table.ts';

interface Tenant {
  id: string;
  name: string;
  state: string;
  createdAt: string;
}

export const tenantListCommand: Command = {
  usage: 'tenant list [--json]',
  summary: 'list tenants (operator)',
  arguments: [],
  options: { ...jsonOption },
  async run({ options }) {
    listPrint(await operatorApi().all<Tenant>('/v1/tenants'), options.json === true, {
      NAME: (tenant) => tenant.name,
      STATE: (tenant) => tenant.state,
      CREATED: (tenant) => timeShort(tenant.createdAt),
      ID: (tenant) => tenant.id,
    });
  },
};
