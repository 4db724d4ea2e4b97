import type { ContainerSpec } from './container-spec.ts';
import type { Placement, SecretUse } from './deployment-spec.ts';

/** What should run to its end, once or by a schedule. */
export interface JobSpec {
  /** Every attempt's container: without a name, and never restarted by its engine. */
  template: ContainerSpec;
  secrets: SecretUse[];
  placement: Placement;
  /** Five fields of crontab(5), in UTC; null: it runs only when it is asked to. */
  schedule: string | null;
  /** How often a run that failed is tried again. */
  retries: number;
  /** An attempt that runs for longer has failed; null: without end. */
  timeoutMs: number | null;
  /** When a run is due while another one goes on. */
  concurrency: 'allow' | 'forbid' | 'replace';
  /** How many runs that ended are kept, with their containers. */
  keep: number;
}
