import { ownApi } from './api.ts';
import { type Command, jsonOption } from './command.ts';
import { listPrint, timeShort } from './table.ts';

export interface DeploymentListed {
  name: string;
  stack: string | null;
  state: string;
  phase: string;
  reason: string;
  replicas: number;
  ready: number;
  revision: number;
  createdAt: string;
}

export const deploymentsListCommand: Command = {
  usage: 'deployments list [--json]',
  summary: 'list deployments, how many replicas serve, and why not more',
  arguments: [],
  options: { ...jsonOption },
  async run({ options }) {
    listPrint(await ownApi().all<DeploymentListed>('/v1/deployments'), options.json === true, {
      NAME: ({ name }) => name,
      STACK: ({ stack }) => stack ?? '-',
      READY: ({ ready, replicas }) => `${ready}/${replicas}`,
      STATE: deploymentState,
      REVISION: ({ revision }) => String(revision),
      CREATED: ({ createdAt }) => timeShort(createdAt),
    });
  },
};

/** In a few words: what it does, and why it is not ready. */
export function deploymentState({ state, phase, reason }: Pick<DeploymentListed, 'state' | 'phase' | 'reason'>): string {
  const word = state === 'active' ? phase : state;
  return reason === '' || reason === word ? word : `${word}: ${reason}`;
}
