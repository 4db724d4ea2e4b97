import { ownApi } from './api.ts';
import { type Command, jsonOption } from './command.ts';
import { terminalSafe } from './deploy-watch.ts';
import { type DeploymentListed, deploymentState } from './deployments-list.ts';
import { listPrint, timeShort } from './table.ts';

export interface DeploymentRead extends DeploymentListed {
  version: number;
  failureLog: string;
  image: { name: string; id: string };
  containers: { containerId: string | null; name: string; slot: number; revision: number; phase: string; since: string }[];
}

export const deploymentsGetCommand: Command = {
  usage: 'deployments get NAME [--json]',
  summary: 'show a deployment: its replicas, and the log of what failed last',
  arguments: ['NAME'],
  options: { ...jsonOption },
  async run({ arguments: [name = ''], options }) {
    const deployment = await ownApi().get<DeploymentRead>(`/v1/deployments/${encodeURIComponent(name)}`);
    if (options.json === true) console.log(JSON.stringify(deployment, null, 2));
    else deploymentPrint(deployment);
  },
};

function deploymentPrint(deployment: DeploymentRead): void {
  const { image, revision, version, ready, replicas, containers, failureLog } = deployment;
  console.log(`${deployment.name}: ${deploymentState(deployment)}`);
  console.log(
    `image ${image.name} (${image.id.slice(0, 19)}), revision ${revision}, version ${version}, ${ready} of ${replicas} replicas ready\n`,
  );
  listPrint(containers, false, {
    SLOT: ({ slot }) => String(slot + 1),
    CONTAINER: ({ containerId }) => containerId?.slice(0, 12) ?? '-',
    NAME: ({ name }) => name,
    REVISION: (container) => String(container.revision),
    STATE: ({ phase }) => phase,
    SINCE: ({ since }) => timeShort(since),
  });
  if (failureLog !== '')
    console.log(`\nThe last lines of the replica that failed last:\n${terminalSafe(failureLog.trimEnd()).replace(/^/gm, '  | ')}`);
}
