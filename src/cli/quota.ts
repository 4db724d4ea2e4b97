import { bytesParse, bytesText } from '../policy/byte-size.ts';
import { operatorApi, tenantApi, tenantFind } from './api.ts';
import { type Command, type Given, jsonOption, tenantOption, textOption, UsageError } from './command.ts';
import { listPrint } from './table.ts';

/** How each part is called here, and how it is written; `/v1` has bytes and billionths of a cpu. */
const parts: Record<string, { field: string; read(text: string): number | null; write(value: number): string; optional?: boolean }> = {
  containers: whole('containers'),
  volumes: whole('volumes'),
  images: whole('images'),
  ports: whole('ports'),
  memory: { field: 'memoryBytes', read: bytesParse, write: bytesText },
  cpus: { field: 'nanoCpus', read: (text) => decimal(text, 1e9), write: (value) => String(value / 1e9), optional: true },
  pids: whole('pids'),
  disk: { field: 'diskBytes', read: bytesParse, write: bytesText },
  streams: whole('streams'),
  requests: whole('requestsPerSecond'),
};

export const quotaCommand: Command = {
  usage: 'quota [--tenant TENANT] [--set PART=VALUE]… [--json]',
  summary: 'show what a tenant has and may have; operators change it: --set memory=64g --set cpus=8 --set containers=50',
  arguments: [],
  options: { ...tenantOption, ...jsonOption, set: { type: 'string', multiple: true } },
  async run(given) {
    const changes = changesRead(given);
    if (Object.keys(changes).length > 0) {
      const tenant = textOption(given, 'tenant');
      if (tenant === undefined) throw new UsageError('--set is an operator’s. Name the tenant with --tenant.');
      const api = operatorApi();
      await api.patch(`/v1/tenants/${(await tenantFind(api, tenant)).id}`, { quota: changes });
    }
    const { api, path } = await tenantApi(given);
    const { used, quota } = await api.get<Record<'used' | 'quota', Record<string, number | null>>>(`${path}/usage`);
    const rows = Object.entries(parts).map(([name, { field, write }]) => ({
      ...{ part: name, field, used: used[field] ?? null, quota: quota[field] ?? null },
      write: (value: number | null) => (value === null ? '-' : write(value)),
    }));
    if (given.options.json === true) console.log(JSON.stringify({ used, quota }, null, 2));
    else
      listPrint(rows, false, {
        PART: ({ part }) => part,
        USED: (row) => row.write(row.used),
        QUOTA: (row) => row.write(row.quota),
      });
  },
};

function changesRead({ options }: Given): Record<string, number | null> {
  const texts = (Array.isArray(options.set) ? options.set : []).map(String);
  return Object.fromEntries(
    texts.map((text) => {
      const [, name = '', value = ''] = /^([a-z]+)=(.+)$/.exec(text) ?? [];
      const part = parts[name];
      const none = part?.optional === true && value === 'none';
      const read = part?.read(value) ?? null;
      if (!part || (read === null && !none))
        throw new UsageError(
          `--set takes PART=VALUE, as memory=64g, containers=50 or cpus=none, not "${text}". Parts: ${Object.keys(parts).join(', ')}.`,
        );
      return [part.field, read];
    }),
  );
}

function whole(field: string) {
  return { field, read: (text: string) => (/^\d{1,15}$/.test(text) ? Number(text) : null), write: String };
}

function decimal(text: string, unit: number): number | null {
  return /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Math.round(Number(text) * unit) : null;
}
