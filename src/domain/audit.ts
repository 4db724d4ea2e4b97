import type { ErrorCode } from './errors.ts';

export const auditOutcomes = ['done', 'refused', 'failed'] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

/** One call that changed something, or that was not allowed to. */
export interface AuditEntry {
  /** Whose history it belongs to; null: the operators'. */
  tenantId: string | null;
  actorKind: 'tenant' | 'operator' | 'stranger';
  /** Id of the credential; null for a stranger. */
  actor: string | null;
  address: string | null;
  /** Method and template of the route: `POST /containers/:id/start`. */
  action: string;
  /** What it was about, in the caller's own words where nothing was found or made. */
  targetKind: string | null;
  targetId: string | null;
  targetName: string | null;
  outcome: AuditOutcome;
  /** null: done. */
  code: ErrorCode | null;
}

const refusals: ReadonlySet<ErrorCode | null> = new Set(['unauthenticated', 'refused', 'not_found', 'rate_limited']);
/** Of calls that only read, these are worth a line: somebody tried a door. */
const tries: ReadonlySet<ErrorCode | null> = new Set(['unauthenticated', 'refused', 'rate_limited']);

/** `not_modified` (Docker's "already started") is as good as done. */
export function auditOutcome(code: ErrorCode | null): AuditOutcome {
  if (code === null || code === 'not_modified') return 'done';
  return refusals.has(code) ? 'refused' : 'failed';
}

/** Whether a call leaves a line: every change that was tried, and of what only reads what was not allowed. */
export function auditWants(changes: boolean, code: ErrorCode | null): boolean {
  return changes || tries.has(code);
}
