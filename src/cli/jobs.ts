import { type Api, ApiError, ownApi } from './api.ts';
import { type Command, jsonOption } from './command.ts';
import { terminalSafe } from './deploy-watch.ts';
import { listPrint, timeShort } from './table.ts';

interface JobShown {
  name: string;
  state: string;
  schedule: string | null;
  nextAt: string | null;
  note: string;
  lastRun: number;
  retries: number;
  timeout: string | null;
  concurrency: string;
  image: { name: string; id: string };
}

interface RunShown {
  number: number;
  trigger: string;
  state: string;
  attempt: number;
  exitCode: number | null;
  reason: string;
  log: string;
  containerId: string | null;
  createdAt: string;
  endedAt: string | null;
}

export const jobsListCommand: Command = {
  usage: 'jobs list [--json]',
  summary: 'list jobs, and when they run next',
  arguments: [],
  options: { ...jsonOption },
  async run({ options }) {
    listPrint(await ownApi().all<JobShown>('/v1/jobs'), options.json === true, {
      NAME: ({ name }) => name,
      STATE: ({ state }) => state,
      SCHEDULE: ({ schedule }) => schedule ?? '-',
      NEXT: ({ nextAt }) => timeShort(nextAt),
      RUNS: ({ lastRun }) => String(lastRun),
    });
  },
};

export const jobsGetCommand: Command = {
  usage: 'jobs get NAME [--json]',
  summary: 'show a job',
  arguments: ['NAME'],
  options: { ...jsonOption },
  async run({ arguments: [name = ''], options }) {
    const job = await ownApi().get<JobShown>(pathOf(name));
    if (options.json === true) {
      console.log(JSON.stringify(job, null, 2));
      return;
    }
    console.log(`${job.name}: ${job.state}`);
    console.log(`image ${job.image.name} (${job.image.id.slice(0, 19)}), ${job.lastRun === 1 ? '1 run' : `${job.lastRun} runs`} so far`);
    console.log(`schedule ${job.schedule ?? '-'}, next ${timeShort(job.nextAt)}, concurrency ${job.concurrency}`);
    console.log(`retries ${job.retries}, timeout ${job.timeout ?? '-'}`);
    if (job.note !== '') console.log(job.note);
  },
};

export const jobsRunsCommand: Command = {
  usage: 'jobs runs NAME [--json]',
  summary: 'list the runs of a job, and why those that failed did',
  arguments: ['NAME'],
  options: { ...jsonOption },
  async run({ arguments: [name = ''], options }) {
    const { items } = await ownApi().get<{ items: RunShown[] }>(`${pathOf(name)}/runs`);
    listPrint(items, options.json === true, {
      RUN: ({ number }) => String(number),
      STATE: ({ state }) => state,
      ATTEMPT: ({ attempt }) => String(attempt),
      CONTAINER: ({ containerId }) => containerId?.slice(0, 12) ?? '-',
      BY: ({ trigger }) => trigger,
      CREATED: ({ createdAt }) => timeShort(createdAt),
      ENDED: ({ endedAt }) => timeShort(endedAt),
      REASON: ({ reason }) => reason,
    });
  },
};

export const jobsRunCommand: Command = {
  usage: 'jobs run NAME [--detach]',
  summary: 'run a job now, and wait for its end',
  arguments: ['NAME'],
  options: { detach: { type: 'boolean', short: 'd' } },
  async run({ arguments: [name = ''], options }) {
    const api = ownApi();
    const { number } = await api.post<RunShown>(`${pathOf(name)}/run`, undefined, { headers: { 'idempotency-key': crypto.randomUUID() } });
    if (options.detach === true) {
      console.log(`${name}: run ${number} began`);
      return;
    }
    const run = await runEnd(api, `${pathOf(name)}/runs/${number}`);
    const log = terminalSafe(run.log.trimEnd());
    if (run.state === 'succeeded') {
      if (log !== '') console.log(log.replace(/^/gm, '  | '));
      console.log(`${name}: run ${number} succeeded`);
      return;
    }
    if (log !== '') console.error(log.replace(/^/gm, '  | '));
    throw new ApiError(`${name}: run ${number} ${run.state}: ${run.reason}`, null);
  },
};

export const jobsSuspendCommand = scheduleCommand('suspend', 'let the schedule of a job rest; what runs goes on');
export const jobsResumeCommand = scheduleCommand('resume', 'go on with the schedule of a job');

export const jobsRemoveCommand: Command = {
  usage: 'jobs rm NAME',
  summary: 'delete a job with its runs; its volumes stay',
  arguments: ['NAME'],
  options: {},
  async run({ arguments: [name = ''] }) {
    await ownApi().delete(pathOf(name));
    console.log(`${name}: is being deleted`);
  },
};

function scheduleCommand(verb: 'suspend' | 'resume', summary: string): Command {
  return {
    usage: `jobs ${verb} NAME`,
    summary,
    arguments: ['NAME'],
    options: {},
    async run({ arguments: [name = ''] }) {
      const { state, nextAt } = await ownApi().post<JobShown>(`${pathOf(name)}/${verb}`);
      console.log(nextAt === null ? `${name}: ${state}` : `${name}: ${state}, runs next at ${timeShort(nextAt)}`);
    },
  };
}

async function runEnd(api: Api, path: string): Promise<RunShown> {
  for (;;) {
    const run = await api.get<RunShown>(`${path}?wait=20s`);
    if (run.state !== 'pending' && run.state !== 'running') return run;
  }
}

function pathOf(name: string): string {
  return `/v1/jobs/${encodeURIComponent(name)}`;
}
