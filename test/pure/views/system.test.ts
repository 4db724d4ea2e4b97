import { describe, expect, it } from 'vitest';
import { infoView, versionView } from '../../../src/docker-api/views/system.ts';
import { differences, fixture } from './fixture.ts';

const real = fixture<{ info: object; version: object }>('system');
const own = { version: '0.1.0', architecture: 'amd64' } as const;
const tenant = {
  id: 't1',
  containers: { running: 2, paused: 1, stopped: 3 },
  images: 4,
  ncpu: 8,
  memTotalBytes: 1024,
  now: '2026-11-25T00:00:00Z',
};

describe('docker info', () => {
  it('has every key of a real engine, with its type', () => {
    expect(differences(real.info, infoView(own, tenant, '1.41'), 'shape')).toEqual([
      'RegistryConfig.IndexConfigs.docker.io is missing',
      'Runtimes.io.containerd.runc.v2 is missing',
      'Runtimes.io.containerd.runtime.v1.linux is missing',
    ]);
  });

  it('counts what the tenant has', () => {
    expect(infoView(own, tenant, '1.47')).toMatchObject({
      Name: 'berth',
      Containers: 6,
      ContainersRunning: 2,
      ContainersPaused: 1,
      ContainersStopped: 3,
      Images: 4,
      NCPU: 8,
      MemTotal: 1024,
      Architecture: 'x86_64',
    });
  });

  it('names security options as each version does', () => {
    expect(infoView(own, tenant, '1.24')).toMatchObject({ SecurityOptions: ['seccomp'] });
    expect(infoView(own, tenant, '1.25')).toMatchObject({ SecurityOptions: ['name=seccomp,profile=builtin'] });
  });
});

describe('docker version', () => {
  it('has every key of a real engine, and no component or version of a host', () => {
    const view = versionView(own) as { Components: object[] };
    expect(differences(real.version, view, 'shape')).toEqual([]);
    expect(view).toMatchObject({ ApiVersion: '1.47', MinAPIVersion: '1.24', Version: '0.1.0' });
    expect(view.Components).toHaveLength(1);
  });
});
