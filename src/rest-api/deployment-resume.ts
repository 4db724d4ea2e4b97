import { deploymentChangeOperation } from './deployment-change.ts';

export const deploymentResumeOperation = deploymentChangeOperation({
  verb: 'resume',
  summary: 'Go on after a pause',
  change: () => ({ kind: 'resume' }),
});
