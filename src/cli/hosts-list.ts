import { operatorApi } from './api.ts';
import { type Command, jsonOption } from './command.ts';
import { listPrint, timeShort } from './table.ts';

interface Host {
  id: string;
  name: string;
  url: string;
  state: string;
  stateDetail: string;
  cordoned: boolean;
  upkeep: 'none' | 'drain' | 'maintenance';
  memoryBytes: number;
  reservedMemoryBytes: number;
  engineVersion: string;
  seenAt: string | null;
}

const gib = (bytes: number) => (bytes / 1024 ** 3).toFixed(1);

export const hostsListCommand: Command = {
  usage: 'hosts list [--json]',
  summary: 'list hosts (operator)',
  arguments: [],
  options: { ...jsonOption },
  async run({ options }) {
    listPrint(await operatorApi().all<Host>('/v1/hosts'), options.json === true, {
      NAME: (host) => host.name,
      STATE: (host) => [host.state, host.cordoned && 'cordoned', host.upkeep !== 'none' && host.upkeep].filter((word) => word).join(', '),
      ADDRESS: (host) => host.url,
      ENGINE: (host) => host.engineVersion || '-',
      'MEMORY (GiB)': (host) => `${gib(host.reservedMemoryBytes)} of ${gib(host.memoryBytes)}`,
      SEEN: (host) => timeShort(host.seenAt),
      ID: (host) => host.id,
      DETAIL: (host) => host.stateDetail || '-',
    });
  },
};
