import { auditListOperation } from './audit-list.ts';
import { certificateListOperation } from './certificate-list.ts';
import { certificateRevokeOperation } from './certificate-revoke.ts';
import { certificateSignOperation } from './certificate-sign.ts';
import { deploymentCreateOperation } from './deployment-create.ts';
import { deploymentDeleteOperation } from './deployment-delete.ts';
import { deploymentGetOperation } from './deployment-get.ts';
import { deploymentListOperation } from './deployment-list.ts';
import { deploymentLogsOperation } from './deployment-logs.ts';
import { deploymentPauseOperation } from './deployment-pause.ts';
import { deploymentRestartOperation } from './deployment-restart.ts';
import { deploymentResumeOperation } from './deployment-resume.ts';
import { deploymentRevisionGetOperation } from './deployment-revision-get.ts';
import { deploymentRevisionListOperation } from './deployment-revision-list.ts';
import { deploymentRollbackOperation } from './deployment-rollback.ts';
import { deploymentScaleOperation } from './deployment-scale.ts';
import { deploymentStackApplyOperation } from './deployment-stack-apply.ts';
import { deploymentUpdateOperation } from './deployment-update.ts';
import { deploymentWaitOperation } from './deployment-wait.ts';
import { endpointOperation } from './endpoint.ts';
import { eventListOperation } from './event-list.ts';
import { healthOperation } from './health.ts';
import { hostAddOperation } from './host-add.ts';
import { hostCordonOperation } from './host-cordon.ts';
import { hostGetOperation } from './host-get.ts';
import { hostListOperation } from './host-list.ts';
import { hostRemoveOperation } from './host-remove.ts';
import { hostTenantsOperation } from './host-tenants.ts';
import { hostUncordonOperation } from './host-uncordon.ts';
import { hostUpkeepOperation } from './host-upkeep.ts';
import { jobChangeOperation, jobReplaceOperation } from './job-change.ts';
import { jobCreateOperation } from './job-create.ts';
import { jobDeleteOperation } from './job-delete.ts';
import { jobGetOperation } from './job-get.ts';
import { jobListOperation } from './job-list.ts';
import { jobRunOperation } from './job-run.ts';
import { jobRunGetOperation } from './job-run-get.ts';
import { jobRunListOperation } from './job-run-list.ts';
import { jobResumeOperation, jobSuspendOperation } from './job-schedule.ts';
import { meOperation } from './me.ts';
import { metricsOperation } from './metrics.ts';
import type { Operation } from './operation.ts';
import { operationGetOperation } from './operation-get.ts';
import { operationListOperation } from './operation-list.ts';
import { operatorTokenCreateOperation } from './operator-token-create.ts';
import { operatorTokenListOperation } from './operator-token-list.ts';
import { operatorTokenRevokeOperation } from './operator-token-revoke.ts';
import { readyOperation } from './ready.ts';
import { recordGetOperation } from './record-get.ts';
import { recordListOperation } from './record-list.ts';
import { recordLogOperation } from './record-log.ts';
import { recordRetentionGetOperation, recordRetentionSetOperation } from './record-retention.ts';
import { registryDeleteOperation } from './registry-delete.ts';
import { registryListOperation } from './registry-list.ts';
import { registrySetOperation } from './registry-set.ts';
import { secretDeleteOperation } from './secret-delete.ts';
import { secretListOperation } from './secret-list.ts';
import { secretSetOperation } from './secret-set.ts';
import { tenantChangeOperation } from './tenant-change.ts';
import { tenantCreateOperation } from './tenant-create.ts';
import { tenantDeleteOperation } from './tenant-delete.ts';
import { tenantGetOperation } from './tenant-get.ts';
import { tenantListOperation } from './tenant-list.ts';
import { tenantUsageOperation } from './tenant-usage.ts';
import { tokenCreateOperation } from './token-create.ts';
import { tokenListOperation } from './token-list.ts';
import { tokenRevokeOperation } from './token-revoke.ts';
import { versionOperation } from './version.ts';

/** All there are: what is not in this list is not served. */
export const operations: readonly Operation[] = [
  tenantCreateOperation,
  tenantListOperation,
  tenantGetOperation,
  tenantChangeOperation,
  tenantUsageOperation,
  tenantDeleteOperation,
  tokenCreateOperation,
  tokenListOperation,
  tokenRevokeOperation,
  certificateSignOperation,
  certificateListOperation,
  certificateRevokeOperation,
  operatorTokenCreateOperation,
  operatorTokenListOperation,
  operatorTokenRevokeOperation,
  hostAddOperation,
  hostListOperation,
  hostGetOperation,
  hostCordonOperation,
  hostUncordonOperation,
  hostUpkeepOperation,
  hostTenantsOperation,
  hostRemoveOperation,
  deploymentCreateOperation,
  deploymentListOperation,
  deploymentGetOperation,
  deploymentUpdateOperation,
  deploymentScaleOperation,
  deploymentRollbackOperation,
  deploymentPauseOperation,
  deploymentResumeOperation,
  deploymentRestartOperation,
  deploymentDeleteOperation,
  deploymentWaitOperation,
  deploymentLogsOperation,
  deploymentStackApplyOperation,
  deploymentRevisionListOperation,
  deploymentRevisionGetOperation,
  jobCreateOperation,
  jobListOperation,
  jobGetOperation,
  jobReplaceOperation,
  jobChangeOperation,
  jobDeleteOperation,
  jobRunOperation,
  jobSuspendOperation,
  jobResumeOperation,
  jobRunListOperation,
  jobRunGetOperation,
  operationListOperation,
  operationGetOperation,
  secretSetOperation,
  secretListOperation,
  secretDeleteOperation,
  registrySetOperation,
  registryListOperation,
  registryDeleteOperation,
  recordListOperation,
  recordGetOperation,
  recordLogOperation,
  recordRetentionGetOperation,
  recordRetentionSetOperation,
  eventListOperation,
  auditListOperation,
  meOperation,
  endpointOperation,
  versionOperation,
  healthOperation,
  readyOperation,
  metricsOperation,
];
