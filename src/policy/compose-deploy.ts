import { numberText, oneOf, said } from './compose-values.ts';
import { type Fields, printable } from './fields.ts';
import type { JsonObject } from './json.ts';

/** What `deploy`, and the older keys beside it, say of a deployment. Source: the Compose Deploy specification. */
export function deployRead(service: Fields): JsonObject {
  const deploy = service.object('deploy');
  oneOf(deploy, 'mode', ['', 'replicated']);
  const scale = numberText(service, 'scale');
  const replicas = numberText(deploy, 'replicas') ?? scale;
  const spec = {
    replicas,
    resources: resourcesRead(service, deploy.object('resources')),
    placement: placementRead(deploy.object('placement')),
    restartPolicy: restartRead(service, deploy),
    update: policyRead(deploy.object('update_config'), replicas),
    rollback: policyRead(deploy.object('rollback_config'), replicas),
  };
  deploy.end();
  return spec;
}

function resourcesRead(service: Fields, resources: Fields): JsonObject {
  const limits = resources.object('limits');
  const reservations = resources.object('reservations');
  const older = {
    memory: service.string('mem_limit'),
    reserved: service.string('mem_reservation'),
    cpus: numberText(service, 'cpus'),
    pids: numberText(service, 'pids_limit'),
  };
  const read = {
    limits: said({
      memory: limits.string('memory') || older.memory,
      cpus: numberText(limits, 'cpus') ?? older.cpus,
      pids: numberText(limits, 'pids') ?? older.pids,
    }),
    reservations: said({ memory: reservations.string('memory') || older.reserved }),
  };
  for (const part of [limits, reservations, resources]) part.end();
  return said(read);
}

function placementRead(placement: Fields): JsonObject {
  const read = {
    constraints: placement.strings('constraints').map((text) => constraintRead(text)),
    spread: placement.objects('preferences').map((preference) => {
      const label = labelRead(preference.string('spread'));
      preference.end();
      return label;
    }),
    maxReplicasPerHost: numberText(placement, 'max_replicas_per_node') || null,
  };
  placement.end();
  return said(read);
}

/** Swarm's words for what Berth knows of a host; others stay as they are, for the server to refuse by their name. */
function constraintRead(text: string): string {
  const [, label = '', rest = ''] = /^\s*([^\s=!]+)(.*)$/s.exec(text) ?? [];
  return label === 'node.platform.arch'
    ? `host.arch${rest.replace('x86_64', 'amd64').replace('aarch64', 'arm64')}`
    : `${labelRead(label)}${rest}`;
}

function labelRead(label: string): string {
  return label.replace(/^node\.labels\./, 'host.labels.');
}

/** `restart` of the service, unless `deploy.restart_policy` says more. */
function restartRead(service: Fields, deploy: Fields): JsonObject {
  const written = service.string('restart');
  const [, word = '', attempts] = /^(no|always|unless-stopped|on-failure)?(?::(\d{1,4}))?$/.exec(written) ?? [];
  if (written !== '' && (word === '' || (attempts !== undefined && word !== 'on-failure')))
    throw service.malformed('restart', `must be no, always, unless-stopped or on-failure[:n], not ${printable(written)}`);
  const conditions: Record<string, string> = { no: 'none', always: 'any', 'unless-stopped': 'any', 'on-failure': 'on-failure' };
  const policy = deploy.object('restart_policy');
  const read = {
    condition: policy.string('condition') || (conditions[word] ?? ''),
    delay: policy.string('delay'),
    maxAttempts: numberText(policy, 'max_attempts') ?? (attempts === undefined ? null : Number(attempts)),
  };
  policy.end();
  return said(read);
}

function policyRead(policy: Fields, replicas: number | null): JsonObject {
  const parallelism = numberText(policy, 'parallelism');
  const read = {
    // Compose's 0 is all at once.
    parallelism: parallelism === 0 ? Math.max(1, replicas ?? 1) : parallelism,
    order: policy.string('order'),
    delay: policy.string('delay'),
    monitor: policy.string('monitor'),
    failureAction: policy.string('failure_action'),
    maxFailureRatio: numberText(policy, 'max_failure_ratio'),
  };
  policy.end();
  return said(read);
}
