import { hostFind, operatorApi } from './api.ts';
import type { Command } from './command.ts';

export const hostsCordonCommand: Command = {
  usage: 'hosts cordon NAME',
  summary: 'keep new containers off a host (operator)',
  arguments: ['NAME'],
  options: {},
  async run({ arguments: [name = ''] }) {
    const api = operatorApi();
    const host = await hostFind(api, name);
    await api.post(`/v1/hosts/${host.id}/cordon`);
    console.log(`${host.name} takes no new containers.`);
  },
};
