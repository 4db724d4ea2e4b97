import type { DeploymentPort, DeploymentSpec, RestartPolicy, UpdatePolicy } from '../domain/deployment-spec.ts';
import { containerLimits } from '../domain/limits.ts';
import { deploymentSpecTable } from './deployment-spec.table.ts';
import { inSpecWords } from './deployment-spec.words.ts';
import { deploymentTemplateRead } from './deployment-template.ts';
import { Fields } from './fields.ts';
import type { JsonValue } from './json.ts';
import { placementRead } from './placement.read.ts';
import { secretUsesRead } from './secret-uses.read.ts';
import { choiceRead, millisecondsRead, wholeOrNullRead, wholeRead } from './written-values.ts';

const limits = { replicas: 100, delayMs: 24 * 3_600_000, attempts: 1_000 } as const;

/**
 * What a tenant wishes to run, from the JSON of `/v1/deployments`, or an error that names the field: `malformed` for what makes no
 * sense, `refused` for what is not granted. `name`: the deployment's, by which its replicas are found on their networks.
 * The field policy is deployment-spec.table.ts.
 */
export function deploymentSpecRead(body: JsonValue, name: string): DeploymentSpec {
  return inSpecWords(() => specRead(body, name));
}

function specRead(body: JsonValue, name: string): DeploymentSpec {
  const fields = Fields.ofBody(body, deploymentSpecTable);
  const spec: DeploymentSpec = {
    template: deploymentTemplateRead(fields, name),
    replicas: wholeRead(fields, 'replicas', 1, 0, limits.replicas),
    ports: portsRead(fields),
    secrets: secretUsesRead(fields),
    placement: replicaPlacementRead(fields.object('placement')),
    restart: restartRead(fields.object('restartPolicy')),
    update: updateRead(fields.object('update'), 'rollback'),
    rollback: updateRead(fields.object('rollback'), 'pause'),
  };
  fields.end();
  return spec;
}

function portsRead(fields: Fields): DeploymentPort[] {
  const ports = fields.objects('ports', { maxEntries: containerLimits.publishedPorts }).map((port): DeploymentPort => {
    const protocol = choiceRead(port, 'protocol', ['tcp', 'udp']);
    const read = {
      target: wholeRead(port, 'target', 0, 1, 65_535),
      published: wholeOrNullRead(port, 'published', 1, 65_535),
      protocol,
      proxyProtocol: port.boolean('proxyProtocol'),
    };
    if (read.proxyProtocol && protocol === 'udp') throw port.malformed('proxyProtocol', 'goes with tcp only');
    port.end();
    return read;
  });
  const taken = new Set<string>();
  for (const { published, protocol } of ports) {
    if (published === null) continue;
    if (taken.has(`${published}/${protocol}`)) throw fields.malformed('ports', `publishes ${published}/${protocol} twice`);
    taken.add(`${published}/${protocol}`);
  }
  return ports;
}

function replicaPlacementRead(fields: Fields): DeploymentSpec['placement'] {
  const placement = { ...placementRead(fields), maxPerHost: wholeOrNullRead(fields, 'maxReplicasPerHost', 1, limits.replicas) };
  fields.end();
  return placement;
}

function restartRead(fields: Fields): RestartPolicy {
  const restart: RestartPolicy = {
    condition: choiceRead(fields, 'condition', ['any', 'on-failure', 'none']),
    delayMs: millisecondsRead(fields, 'delay', 1_000, 0, limits.delayMs),
    maxAttempts: wholeOrNullRead(fields, 'maxAttempts', 0, limits.attempts),
  };
  fields.end();
  return restart;
}

function updateRead(fields: Fields, failureAction: UpdatePolicy['failureAction']): UpdatePolicy {
  const ratio = fields.numberOrNull('maxFailureRatio') ?? 0;
  const update: UpdatePolicy = {
    parallelism: wholeRead(fields, 'parallelism', 1, 1, limits.replicas),
    order: choiceRead(fields, 'order', ['start-first', 'stop-first']),
    delayMs: millisecondsRead(fields, 'delay', 0, 0, limits.delayMs),
    healthDeadlineMs: millisecondsRead(fields, 'healthDeadline', 60_000, 1_000, 3_600_000),
    monitorMs: millisecondsRead(fields, 'monitor', 5_000, 0, 3_600_000),
    failureAction: choiceRead(fields, 'failureAction', ['rollback', 'pause', 'continue'], failureAction),
    maxFailureRatio: fields.within('maxFailureRatio', ratio, 0, 1),
  };
  fields.end();
  return update;
}
