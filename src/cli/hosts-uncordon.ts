import { hostFind, operatorApi } from './api.ts';
import type { Command } from './command.ts';

export const hostsUncordonCommand: Command = {
  usage: 'hosts uncordon NAME',
  summary: 'let a host take containers again (operator)',
  arguments: ['NAME'],
  options: {},
  async run({ arguments: [name = ''] }) {
    const api = operatorApi();
    const host = await hostFind(api, name);
    await api.post(`/v1/hosts/${host.id}/uncordon`);
    console.log(`${host.name} takes containers again.`);
  },
};
