import { type Api, hostFind, operatorApi, tenantFind } from './api.ts';
import { type Command, type Given, UsageError } from './command.ts';

const every = '*';

interface Host {
  id: string;
  name: string;
  walls: string;
  tenants: string[];
}

export const hostsTenantsCommand: Command = {
  usage: 'hosts tenants NAME [--allow TENANT]… [--forbid TENANT]…',
  summary: 'show, or change, whom a host serves although its walls are not verified; * is every tenant (operator)',
  arguments: ['NAME'],
  options: { allow: { type: 'string', multiple: true }, forbid: { type: 'string', multiple: true } },
  async run(given) {
    const api = operatorApi();
    const [allow, forbid] = await Promise.all([tenantIds(api, given, 'allow'), tenantIds(api, given, 'forbid')]);
    const both = allow.find((id) => forbid.includes(id));
    if (both !== undefined) throw new UsageError('--allow and --forbid name the same tenant.');
    const { id } = await hostFind(api, given.arguments[0] ?? '');
    let host = await api.get<Host>(`/v1/hosts/${id}`);
    if (allow.length + forbid.length > 0) {
      const tenants = [...new Set([...host.tenants, ...allow])].filter((one) => !forbid.includes(one));
      host = await api.put<Host>(`/v1/hosts/${id}/tenants`, { tenants });
    }
    const names = new Map((await api.all<{ id: string; name: string }>('/v1/tenants')).map((tenant) => [tenant.id, tenant.name]));
    const served = host.tenants.map((one) => (one === every ? 'every tenant' : (names.get(one) ?? one)));
    if (host.walls === 'verified') console.log(`${host.name} serves every tenant: its walls are verified.`);
    else console.log(`${host.name} serves ${served.join(', ') || 'no tenant'}: its walls are ${host.walls}.`);
  },
};

async function tenantIds(api: Api, { options }: Given, option: 'allow' | 'forbid'): Promise<string[]> {
  const named = options[option];
  const texts = (Array.isArray(named) ? named : []).map(String);
  return Promise.all(texts.map(async (text) => (text === every ? every : (await tenantFind(api, text)).id)));
}
