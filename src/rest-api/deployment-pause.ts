import { deploymentChangeOperation } from './deployment-change.ts';

export const deploymentPauseOperation = deploymentChangeOperation({
  verb: 'pause',
  summary: 'Leave everything as it is',
  description: 'Nothing is made, restarted or removed until it is resumed.',
  change: () => ({ kind: 'pause' }),
});
