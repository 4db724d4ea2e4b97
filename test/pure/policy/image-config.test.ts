import { describe, expect, it } from 'vitest';
import { imageConfigCheck } from '../../../src/policy/image-config.ts';
import { importChangesRead } from '../../../src/policy/import-changes.ts';
import { failure, readBody } from './requests.ts';

const plain = readBody({});

describe('what an image asks of a container', () => {
  it('is served when it is ordinary', () => {
    const config = { WorkingDir: '/app', Volumes: { '/data': {} }, Healthcheck: { Test: ['CMD', 'true'], Interval: 30e9 } };
    expect(failure(() => imageConfigCheck(config, plain))).toBeNull();
    expect(failure(() => imageConfigCheck({}, plain))).toBeNull();
    expect(failure(() => imageConfigCheck({ WorkingDir: 'app', Volumes: null, Healthcheck: null }, plain))).toBeNull();
  });

  it.each([
    [{ WorkingDir: '/proc/self/fd/8' }, 'WORKDIR'],
    [{ WorkingDir: '//./proc/self/fd/8' }, 'WORKDIR'],
    [{ WorkingDir: 'x/../../proc/1' }, 'WORKDIR'],
    [{ Volumes: { '/data': {}, '/proc/sys': {} } }, 'VOLUME'],
    [{ Volumes: { '//sys/fs/cgroup': {} } }, 'VOLUME'],
    [{ Volumes: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`/v${i}`, {}])) }, 'VOLUME'],
    [{ Healthcheck: { Test: ['CMD', 'true'], Interval: 1_000_000 } }, 'HEALTHCHECK'],
  ])('is refused by its instruction: %j', (config, instruction) => {
    expect(failure(() => imageConfigCheck(config, plain))).toMatchObject({
      code: 'refused',
      message: expect.stringContaining(instruction),
    });
  });

  it('does not matter where the request says otherwise', () => {
    const config = { WorkingDir: '/proc/self/fd/8', Healthcheck: { Test: ['CMD', 'true'], Interval: 1_000_000 } };
    const spec = readBody({ WorkingDir: '/', Healthcheck: { Interval: 1e9 } });
    expect(failure(() => imageConfigCheck(config, spec))).toBeNull();
  });
});

describe('the changes of an import', () => {
  it('are the instructions that describe an image, one line each', () => {
    const changes = ['CMD ["sh"]', 'env A=1', '  LABEL a=b', 'HEALTHCHECK --interval=5s CMD true', 'ENV A=\t1'];
    expect(importChangesRead(changes)).toEqual(changes);
  });

  it.each(['RUN id', 'FROM x', 'ONBUILD RUN id', 'ADD http://x /', '', 'CMD'])('are refused otherwise: %j', (change) => {
    expect(failure(() => importChangesRead([change]))?.code).toBe('refused');
  });

  it.each(['CMD a\nRUN id', 'CMD a \\', 'CMD a \\ ', 'CMD a\rRUN', `CMD ${'x'.repeat(20_000)}`])(
    'are malformed when they are more than a line',
    (change) => {
      expect(failure(() => importChangesRead([change]))?.code).toBe('malformed');
    },
  );
});
