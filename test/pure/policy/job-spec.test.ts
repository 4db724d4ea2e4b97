import { describe, expect, it } from 'vitest';
import { deploymentSpecRows } from '../../../src/policy/deployment-spec.table.ts';
import { jobSpecWrite } from '../../../src/policy/deployment-spec.write.ts';
import { jobSpecRead } from '../../../src/policy/job-spec.read.ts';
import { jobSpecRows } from '../../../src/policy/job-spec.table.ts';
import type { JsonObject } from '../../../src/policy/json.ts';

const whole: JsonObject = {
  ...{ image: 'busybox', args: ['true'], isolation: 'sandboxed' },
  secrets: [
    { secret: 'token', env: 'TOKEN' },
    { secret: 'key', file: '/etc/app/key', mode: '0400' },
  ],
  placement: { constraints: ['host.labels.zone==a', 'host.arch!=arm64'], spread: ['host.labels.rack'] },
};
const refusal = (over: JsonObject) => {
  try {
    jobSpecRead({ ...whole, ...over }, 'nightly');
  } catch (error) {
    return String(error);
  }
  return 'read';
};

describe('the spec of a job', () => {
  it('has secrets, a placement and an isolation as a deployment has them, and reads as it is written', () => {
    const read = jobSpecRead(whole, 'nightly');
    expect(read).toMatchObject({
      template: { isolation: 'sandboxed' },
      secrets: [
        { secret: 'token', as: { env: 'TOKEN' } },
        { secret: 'key', as: { file: '/etc/app/key', mode: 0o400 } },
      ],
      placement: { constraints: [{ label: 'host.labels.zone', operator: '==', value: 'a' }, {}], spread: ['host.labels.rack'] },
    });
    const written = jobSpecWrite(read, 'nightly');
    expect(written).toMatchObject(whole);
    expect(jobSpecRead(written, 'nightly')).toEqual(read);
  });

  it('refuses what keeps replicas running, each by its name and with a reason', () => {
    expect(refusal({ ports: [{ target: 80 }] })).toMatch(/ports is not allowed: a run ends/);
    expect(refusal({ replicas: 2 })).toMatch(/replicas is not allowed: a run is one container/);
    expect(refusal({ restartPolicy: { condition: 'any' } })).toMatch(/restartPolicy is not allowed: retries/);
    expect(refusal({ update: { order: 'stop-first' } })).toMatch(/update is not allowed: a run that is under way/);
    expect(refusal({ placement: { maxReplicasPerHost: 1 } })).toMatch(/placement\.maxReplicasPerHost is not allowed: a run is one/);
  });

  it('leaves no field of a deployment unsaid', () => {
    const said = new Set(jobSpecRows.map(({ path }) => path));
    const unsaid = deploymentSpecRows.filter(({ path }) => !said.has(path) && !jobSpecRows.some((row) => path.startsWith(row.path)));
    expect(unsaid).toEqual([]);
  });
});
