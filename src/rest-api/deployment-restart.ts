import { deploymentChangeOperation } from './deployment-change.ts';

export const deploymentRestartOperation = deploymentChangeOperation({
  verb: 'restart',
  summary: 'Replace every replica',
  description: 'By the update policy, with the same revision.',
  change: () => ({ kind: 'restart' }),
});
