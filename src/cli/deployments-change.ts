import { type Api, ownApi } from './api.ts';
import { type Command, type Given, textOption, UsageError } from './command.ts';
import { type OperationStarted, operationsWatch } from './deploy-watch.ts';

/** A verb that changes a deployment: all of them begin an operation, and wait until it has ended. */
function changeCommand(
  definition: Pick<Command, 'usage' | 'summary'> & {
    arguments?: string[];
    options?: Command['options'];
    begin(api: Api, path: string, given: Given): Promise<OperationStarted>;
  },
): Command {
  const { usage, summary, begin } = definition;
  return {
    usage: `${usage} [--detach]`,
    summary,
    arguments: ['NAME', ...(definition.arguments ?? [])],
    options: { ...definition.options, detach: { type: 'boolean', short: 'd' } },
    async run(given) {
      const api = ownApi();
      const [name = ''] = given.arguments;
      const operation = await begin(api, `/v1/deployments/${encodeURIComponent(name)}`, given);
      if (given.options.detach === true) console.log(`${name}: ${operation.kind} began`);
      else await operationsWatch(api, [{ name, operation }]);
    },
  };
}

function verbCommand(verb: string, summary: string): Command {
  return changeCommand({ usage: `deployments ${verb} NAME`, summary, begin: (api, path) => send(api, `${path}/${verb}`) });
}

/** With a key of its own: a request that the network repeats is done once. */
function send(api: Api, path: string, body?: unknown): Promise<OperationStarted> {
  return api.post(path, body, { headers: { 'idempotency-key': crypto.randomUUID() } });
}

function whole(name: string, text: string | undefined): number {
  if (text !== undefined && /^\d{1,6}$/.test(text)) return Number(text);
  throw new UsageError(`${name} must be a whole number.`);
}

export const deploymentsScaleCommand = changeCommand({
  usage: 'deployments scale NAME REPLICAS',
  summary: 'set the number of replicas',
  arguments: ['REPLICAS'],
  begin: (api, path, given) => send(api, `${path}/scale`, { replicas: whole('REPLICAS', given.arguments[1]) }),
});

export const deploymentsRollbackCommand = changeCommand({
  usage: 'deployments rollback NAME [--to REVISION]',
  summary: 'go back to a revision, or to the last one that was healthy; pulls nothing',
  options: { to: { type: 'string' } },
  begin(api, path, given) {
    const to = textOption(given, 'to');
    return send(api, `${path}/rollback`, to === undefined ? {} : { revision: whole('--to', to) });
  },
});

export const deploymentsPauseCommand = verbCommand('pause', 'leave everything as it is until it is resumed');
export const deploymentsResumeCommand = verbCommand('resume', 'go on after a pause');
export const deploymentsRestartCommand = verbCommand('restart', 'replace every replica, by the update policy');

export const deploymentsDeleteCommand = changeCommand({
  usage: 'deployments delete NAME',
  summary: 'delete a deployment; its volumes stay',
  begin: (api, path) => api.delete(path),
});
