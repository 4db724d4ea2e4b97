import { auditCommand } from './audit.ts';
import { certCreateCommand } from './cert-create.ts';
import type { Command } from './command.ts';
import { contextCreateCommand } from './context-create.ts';
import { deployCommand } from './deploy.ts';
import {
  deploymentsDeleteCommand,
  deploymentsPauseCommand,
  deploymentsRestartCommand,
  deploymentsResumeCommand,
  deploymentsRollbackCommand,
  deploymentsScaleCommand,
} from './deployments-change.ts';
import { deploymentsGetCommand } from './deployments-get.ts';
import { deploymentsListCommand } from './deployments-list.ts';
import { deploymentsLogsCommand } from './deployments-logs.ts';
import { deploymentsWaitCommand } from './deployments-wait.ts';
import { hostsAddCommand } from './hosts-add.ts';
import { hostsCordonCommand } from './hosts-cordon.ts';
import { hostsListCommand } from './hosts-list.ts';
import { hostsRemoveCommand } from './hosts-remove.ts';
import { hostsTenantsCommand } from './hosts-tenants.ts';
import { hostsUncordonCommand } from './hosts-uncordon.ts';
import { hostsActivateCommand, hostsDrainCommand, hostsMaintainCommand } from './hosts-upkeep.ts';
import {
  jobsGetCommand,
  jobsListCommand,
  jobsRemoveCommand,
  jobsResumeCommand,
  jobsRunCommand,
  jobsRunsCommand,
  jobsSuspendCommand,
} from './jobs.ts';
import { jobsCreateCommand, jobsUpdateCommand } from './jobs-change.ts';
import { edgeCommand, serveCommand, stopCommand } from './processes.ts';
import { quotaCommand } from './quota.ts';
import { recordsListCommand, recordsLogsCommand, recordsRetentionCommand } from './records.ts';
import { registriesListCommand, registriesLoginCommand, registriesLogoutCommand } from './registries.ts';
import { secretsListCommand, secretsRemoveCommand, secretsSetCommand } from './secrets.ts';
import { tenantCreateCommand } from './tenant-create.ts';
import { tenantDeleteCommand } from './tenant-delete.ts';
import { tenantListCommand } from './tenant-list.ts';
import { tokenCreateCommand } from './token-create.ts';
import { tokenListCommand } from './token-list.ts';
import { tokenRevokeCommand } from './token-revoke.ts';
import { versionCommand } from './version.ts';

/** In the order of `berth help`. */
export const commands: readonly Command[] = [
  serveCommand,
  edgeCommand,
  stopCommand,
  contextCreateCommand,
  certCreateCommand,
  deployCommand,
  deploymentsListCommand,
  deploymentsGetCommand,
  deploymentsLogsCommand,
  deploymentsScaleCommand,
  deploymentsRollbackCommand,
  deploymentsPauseCommand,
  deploymentsResumeCommand,
  deploymentsRestartCommand,
  deploymentsDeleteCommand,
  deploymentsWaitCommand,
  jobsCreateCommand,
  jobsUpdateCommand,
  jobsListCommand,
  jobsGetCommand,
  jobsRunsCommand,
  jobsRunCommand,
  jobsSuspendCommand,
  jobsResumeCommand,
  jobsRemoveCommand,
  recordsListCommand,
  recordsLogsCommand,
  recordsRetentionCommand,
  secretsSetCommand,
  secretsListCommand,
  secretsRemoveCommand,
  registriesLoginCommand,
  registriesListCommand,
  registriesLogoutCommand,
  tokenCreateCommand,
  tokenListCommand,
  tokenRevokeCommand,
  quotaCommand,
  auditCommand,
  tenantCreateCommand,
  tenantListCommand,
  tenantDeleteCommand,
  hostsListCommand,
  hostsAddCommand,
  hostsCordonCommand,
  hostsUncordonCommand,
  hostsDrainCommand,
  hostsMaintainCommand,
  hostsActivateCommand,
  hostsTenantsCommand,
  hostsRemoveCommand,
  versionCommand,
];

/** The words that choose a command: `token create`. */
export function commandWords({ usage }: Command): string {
  return /^[a-z]+( [a-z]+)?/.exec(usage)?.[0] ?? '';
}
