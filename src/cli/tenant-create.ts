import { operatorApi } from './api.ts';
import { type Command, jsonOption } from './command.ts';

export const tenantCreateCommand: Command = {
  usage: 'tenant create NAME [--json]',
  summary: 'make a tenant (operator)',
  arguments: ['NAME'],
  options: { ...jsonOption },
  async run({ arguments: [name], options }) {
    const tenant = await operatorApi().post<{ id: string }>('/v1/tenants', { name });
    if (options.json) console.log(JSON.stringify(tenant, null, 2));
    else console.log(`${tenant.id}\nGive it a token with: berth token create owner --tenant ${name}`);
  },
};
