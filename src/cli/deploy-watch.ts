import { type Api, ApiError } from './api.ts';

export interface OperationStarted {
  id: string;
  deploymentId: string;
  kind: string;
}

interface OperationShown extends OperationStarted {
  state: 'running' | 'succeeded' | 'failed';
  reason: string;
}

const doneWords: Record<string, string> = { delete: 'deleted', pause: 'paused' };

/** Waits until operations have ended, and says of each how. Throws ApiError when any failed, with the last lines of what failed. */
export async function operationsWatch(api: Api, operations: readonly { name: string; operation: OperationStarted }[]): Promise<void> {
  let failed = 0;
  for (const { name, operation } of operations) {
    const ended = await operationEnd(api, operation.id);
    if (ended.state === 'succeeded') {
      console.log(`${name}: ${doneWords[ended.kind] ?? 'ready'}`);
      continue;
    }
    failed++;
    console.error(`${name}: ${ended.kind} failed: ${ended.reason}`);
    const log = await failureLog(api, operation.deploymentId);
    if (log !== '') console.error(log.replace(/^/gm, '  | '));
  }
  if (failed > 0)
    throw new ApiError(operations.length === 1 ? 'The deployment failed.' : `${failed} of ${operations.length} failed.`, null);
}

async function operationEnd(api: Api, id: string): Promise<OperationShown> {
  for (;;) {
    const operation = await api.get<OperationShown>(`/v1/operations/${id}?wait=20s`);
    if (operation.state !== 'running') return operation;
  }
}

/** '' when there is none, or the deployment is gone. */
async function failureLog(api: Api, deploymentId: string): Promise<string> {
  try {
    const { failureLog: log } = await api.get<{ failureLog: string }>(`/v1/deployments/${deploymentId}`);
    return terminalSafe(log.trimEnd());
  } catch {
    return '';
  }
}

/** What a container wrote, without what would steer the terminal it is shown on. */
export function terminalSafe(text: string): string {
  return text.replace(/[^\P{C}\n\t]/gu, '');
}
