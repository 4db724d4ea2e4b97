import { setTimeout } from 'node:timers/promises';
import { type Api, ApiError, ownApi } from './api.ts';
import { type Command, textOption, UsageError } from './command.ts';
import { terminalSafe } from './deploy-watch.ts';
import { serverEvents } from './server-events.ts';

const againMs = 1_000;

export const deploymentsLogsCommand: Command = {
  usage: 'deployments logs NAME [-f] [--tail N]',
  summary: 'show the logs of all replicas; with -f as they are written',
  arguments: ['NAME'],
  options: { follow: { type: 'boolean', short: 'f' }, tail: { type: 'string' } },
  async run(given) {
    const [name = ''] = given.arguments;
    const follow = given.options.follow === true;
    const tail = textOption(given, 'tail');
    if (tail !== undefined && !/^\d{1,6}$/.test(tail)) throw new UsageError('--tail takes a number of lines.');
    const query = new URLSearchParams({ ...(follow && { follow: 'true' }), ...(tail !== undefined && { tail }) });
    const path = `/v1/deployments/${encodeURIComponent(name)}/logs?${query}`;
    await (follow ? logsFollow(ownApi(), path) : logsPrint(ownApi(), path, null));
  },
};

/** Until it is interrupted: a stream that breaks is taken up where it broke. */
async function logsFollow(api: Api, path: string): Promise<void> {
  for (let lastId: string | null = null, read = false; ; read = true) {
    try {
      lastId = (await logsPrint(api, path, lastId)) ?? lastId;
    } catch (error) {
      const refused = error instanceof ApiError && error.status !== null && error.status < 500;
      if (refused || !read) throw error;
    }
    await setTimeout(againMs);
  }
}

/** Returns the id of the last line. */
async function logsPrint(api: Api, path: string, from: string | null): Promise<string | null> {
  let lastId = from;
  try {
    for await (const { id, type, data } of serverEvents(await api.stream(path, from))) {
      const event = JSON.parse(data) as { replica: string; line: string; stream: string; message: string };
      if (type === 'notice') console.error(`${event.replica}: ${event.message}`);
      else (event.stream === 'stderr' ? console.error : console.log)(`${event.replica} | ${terminalSafe(event.line)}`);
      lastId = id ?? lastId;
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (lastId === from) throw new ApiError('The connection was cut. Try again.', null, error);
  }
  return lastId;
}
