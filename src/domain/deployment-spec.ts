import type { ContainerSpec } from './container-spec.ts';

/**
 * What should run: replicas of one container. Maps one to one to Swarm's ServiceSpec (docs.docker.com/reference/api/engine,
 * ServiceSpec), which is to be its second face. Durations are milliseconds.
 */
export interface DeploymentSpec {
  /** Every replica's container: without a name, and with the restart left to the deployment. */
  template: ContainerSpec;
  replicas: number;
  ports: DeploymentPort[];
  secrets: SecretUse[];
  placement: Placement & { maxPerHost: number | null };
  restart: RestartPolicy;
  update: UpdatePolicy;
  rollback: UpdatePolicy;
}

export interface Placement {
  /** `host.labels.zone==a`, `host.arch!=arm64` */
  constraints: Constraint[];
  /** Labels over whose values containers are spread evenly, the first one first. */
  spread: string[];
}

export interface DeploymentPort {
  /** On the edge; null: one that is free. */
  published: number | null;
  target: number;
  protocol: 'tcp' | 'udp';
  proxyProtocol: boolean;
}

export interface SecretUse {
  /** The tenant's name for it. */
  secret: string;
  as: { file: string; mode: number } | { env: string };
}

export interface Constraint {
  label: string;
  operator: '==' | '!=';
  value: string;
}

export interface RestartPolicy {
  condition: 'any' | 'on-failure' | 'none';
  /** Before the first restart; doubled with each failure in a row, up to restartDelayMax. */
  delayMs: number;
  /** In a row; null: without end. */
  maxAttempts: number | null;
}

export interface UpdatePolicy {
  /** How many replicas are replaced at once. */
  parallelism: number;
  order: 'start-first' | 'stop-first';
  /** Between one batch and the next. */
  delayMs: number;
  /** A new replica that is not ready by then has failed. */
  healthDeadlineMs: number;
  /** A new replica has to stay ready for this long before an old one goes. */
  monitorMs: number;
  failureAction: 'rollback' | 'pause' | 'continue';
  /** Share of the replicas that may fail before the action is taken. */
  maxFailureRatio: number;
}
