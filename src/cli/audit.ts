import { operatorApi, ownApi, tenantFind } from './api.ts';
import { type Command, jsonOption, tenantOption, textOption, UsageError } from './command.ts';
import { listPrint } from './table.ts';

interface AuditShown {
  at: string;
  actorKind: string;
  address: string | null;
  action: string;
  target: { kind: string | null; id: string | null; name: string | null };
  outcome: string;
  code: string | null;
  count: number;
}

const mostLines = 200;

export const auditCommand: Command = {
  usage: 'audit [--action "POST /containers/create"] [--outcome done|refused|failed] [--tenant TENANT | --operator] [-n 50] [--json]',
  summary: 'show what was changed and what was refused, the newest first',
  arguments: [],
  options: {
    ...{ ...tenantOption, ...jsonOption, operator: { type: 'boolean' }, action: { type: 'string' }, outcome: { type: 'string' } },
    lines: { type: 'string', short: 'n' },
  },
  async run(given) {
    const tenant = textOption(given, 'tenant');
    if (tenant !== undefined && given.options.operator) throw new UsageError('--operator shows everybody’s lines, --tenant those of one.');
    const lines = textOption(given, 'lines') ?? '50';
    if (!/^\d{1,3}$/.test(lines) || Number(lines) < 1 || Number(lines) > mostLines)
      throw new UsageError(`-n takes 1 to ${mostLines}, not "${lines}".`);
    const api = tenant !== undefined || given.options.operator ? operatorApi() : ownApi();
    const query = new URLSearchParams({ limit: lines });
    for (const name of ['action', 'outcome']) {
      const value = textOption(given, name);
      if (value !== undefined) query.set(name, value);
    }
    if (tenant !== undefined) query.set('tenant', (await tenantFind(api, tenant)).id);
    const { items } = await api.get<{ items: AuditShown[] }>(`/v1/audit?${query}`);
    listPrint(items, given.options.json === true, {
      AT: ({ at }) => at.slice(0, 19).replace('T', ' '),
      WHO: ({ actorKind, address }) => `${actorKind}${address === null ? '' : ` at ${address}`}`,
      ACTION: ({ action }) => action,
      TARGET: ({ target }) => target.name ?? target.id?.slice(0, 12) ?? '-',
      OUTCOME: ({ outcome, code, count }) => `${outcome}${code === null ? '' : ` (${code})`}${count > 1 ? ` ${count} times` : ''}`,
    });
  },
};
