import type { TenantScope } from '../db/scope.ts';
import { type GroupRow, groupEnsure } from '../db/store/network.ts';

const composeProject = 'com.docker.compose.project';

/** The group that things with these labels live in: their Compose project's, or the tenant's own. */
export function placementGroup(scope: TenantScope, labels: Record<string, string>): Promise<GroupRow> {
  return groupEnsure(scope, placementGroupKey(labels));
}

export function placementGroupKey(labels: Record<string, string>): string {
  const project = labels[composeProject];
  return project ? `compose:${project}` : '';
}
