import { hostFind, operatorApi } from './api.ts';
import type { Command } from './command.ts';

export const hostsRemoveCommand: Command = {
  usage: 'hosts remove NAME',
  summary: 'take an empty, cordoned host out of the fleet (operator)',
  arguments: ['NAME'],
  options: {},
  async run({ arguments: [name = ''] }) {
    const api = operatorApi();
    const host = await hostFind(api, name);
    await api.delete(`/v1/hosts/${host.id}`);
    console.log(`${host.name} is out of the fleet.`);
  },
};
