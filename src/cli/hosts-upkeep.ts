import { hostFind, operatorApi } from './api.ts';
import type { Command } from './command.ts';

export const hostsDrainCommand = upkeepCommand(
  'drain',
  'drain',
  'move the replicas of deployments off a host (operator)',
  'is being drained: replicas move, free containers stay.',
);
export const hostsMaintainCommand = upkeepCommand(
  'maintain',
  'maintenance',
  'hold a host still: nothing moves, however long it is silent (operator)',
  'is in maintenance: what it has stays its own.',
);
export const hostsActivateCommand = upkeepCommand(
  'activate',
  'none',
  'end the draining or maintenance of a host (operator)',
  'serves again.',
);

function upkeepCommand(verb: string, upkeep: 'none' | 'drain' | 'maintenance', summary: string, done: string): Command {
  return {
    usage: `hosts ${verb} NAME`,
    summary,
    arguments: ['NAME'],
    options: {},
    async run({ arguments: [name = ''] }) {
      const api = operatorApi();
      const host = await hostFind(api, name);
      const { cordoned } = await api.put<{ cordoned: boolean }>(`/v1/hosts/${host.id}/upkeep`, { upkeep });
      console.log(`${host.name} ${done}`);
      if (upkeep === 'none' && cordoned)
        console.log(`It is cordoned, and takes no new containers until: berth hosts uncordon ${host.name}`);
    },
  };
}
