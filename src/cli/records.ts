import { ownApi } from './api.ts';
import { type Command, jsonOption, textOption, UsageError } from './command.ts';
import { terminalSafe } from './deploy-watch.ts';
import { listPrint, timeShort } from './table.ts';

interface RecordShown {
  containerId: string;
  name: string;
  image: string;
  deployment: string | null;
  exitCode: number | null;
  oomKilled: boolean;
  removedAt: string;
  log: { lines: number; truncated: boolean } | null;
}

interface LogShown {
  lines: { time: string; stream: 'stdout' | 'stderr'; line: string }[];
  truncated: boolean;
}

export const recordsListCommand: Command = {
  usage: 'records list [--deployment NAME] [--name NAME] [--json]',
  summary: 'list containers that are gone, and how they ended',
  arguments: [],
  options: { ...jsonOption, deployment: { type: 'string' }, name: { type: 'string' } },
  async run(given) {
    listPrint(await recordsFound(textOption(given, 'deployment'), textOption(given, 'name')), given.options.json === true, {
      CONTAINER: ({ containerId }) => containerId.slice(0, 12),
      NAME: ({ name }) => name,
      DEPLOYMENT: ({ deployment }) => deployment ?? '-',
      EXIT: ({ exitCode, oomKilled }) => `${exitCode ?? '-'}${oomKilled ? ' (out of memory)' : ''}`,
      REMOVED: ({ removedAt }) => timeShort(removedAt),
      LINES: ({ log }) => (log === null ? '-' : `${log.lines}${log.truncated ? '+' : ''}`),
    });
  },
};

export const recordsLogsCommand: Command = {
  usage: 'records logs CONTAINER [--timestamps]',
  summary: 'print the log of a container that is gone, by its id or name: of several, the last one',
  arguments: ['CONTAINER'],
  options: { timestamps: { type: 'boolean', short: 't' } },
  async run({ arguments: [container = ''], options }) {
    const { lines, truncated } = await ownApi().get<LogShown>(`/v1/records/${await containerIdFind(container)}/log`);
    if (truncated) console.error('(the end of a longer log)');
    for (const { time, stream, line } of lines) {
      const text = terminalSafe(line);
      (stream === 'stderr' ? console.error : console.log)(options.timestamps ? `${time} ${text}` : text);
    }
  },
};

export const recordsRetentionCommand: Command = {
  usage: 'records retention [DAYS]',
  summary: 'show, or say, how many days records are kept; 0: none are made',
  arguments: ['[DAYS]'],
  options: {},
  async run({ arguments: [text] }) {
    if (text !== undefined && !/^\d{1,3}$/.test(text)) throw new UsageError(`DAYS is a whole number, not "${text}".`);
    const path = '/v1/record-retention';
    const { days } =
      text === undefined ? await ownApi().get<{ days: number }>(path) : await ownApi().put<{ days: number }>(path, { days: Number(text) });
    console.log(days === 0 ? 'no records are made' : `records are kept for ${days} days`);
  },
};

async function recordsFound(deployment: string | undefined, name: string | undefined): Promise<RecordShown[]> {
  const query = new URLSearchParams({ ...(deployment !== undefined && { deployment }), ...(name !== undefined && { name }) });
  return ownApi().all<RecordShown>(`/v1/records${query.size > 0 ? `?${query}` : ''}`);
}

async function containerIdFind(container: string): Promise<string> {
  if (/^[0-9a-f]{64}$/.test(container)) return container;
  const [named] = await recordsFound(undefined, container);
  const isPrefix = named === undefined && /^[0-9a-f]{4,63}$/.test(container);
  const found = isPrefix ? (await recordsFound(undefined, undefined)).find(({ containerId }) => containerId.startsWith(container)) : named;
  if (!found) throw new UsageError(`There is no record of a container "${container}". See: berth records list`);
  return found.containerId;
}
