import { durationParse } from '../policy/duration.ts';
import { ApiError, ownApi } from './api.ts';
import { type Command, textOption, UsageError } from './command.ts';
import { terminalSafe } from './deploy-watch.ts';

const turnMs = 20_000;

export const deploymentsWaitCommand: Command = {
  usage: 'deployments wait NAME [--timeout 5m]',
  summary: 'wait until a deployment is healthy; fails with the reason when it does not become so',
  arguments: ['NAME'],
  options: { timeout: { type: 'string' } },
  async run(given) {
    const [name = ''] = given.arguments;
    const timeoutMs = durationParse(textOption(given, 'timeout') ?? '5m');
    if (timeoutMs === null) throw new UsageError('--timeout takes a time as 90s or 5m.');
    const api = ownApi();
    for (const end = Date.now() + timeoutMs; ; ) {
      const leftMs = end - Date.now();
      try {
        await api.get(`/v1/deployments/${encodeURIComponent(name)}/wait?for=healthy&timeout=${Math.max(0, Math.min(turnMs, leftMs))}ms`);
        console.log(`${name}: ready`);
        return;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status !== 504 || leftMs <= turnMs) throw new ApiError(terminalSafe(error.message), error.status, error);
      }
    }
  },
};
