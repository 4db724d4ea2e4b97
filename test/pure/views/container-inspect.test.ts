import { describe, expect, it } from 'vitest';
import { containerInspectView } from '../../../src/docker-api/views/container-inspect.ts';
import type { EngineContainerInspect } from '../../../src/engine/inspect-types.ts';
import { container, containers, differences, identityMake, identityOf, specMake } from './fixture.ts';

/** Values that are the host's, and what differs since Berth decides it. Everything else is as on a person's own engine. */
const deliberate = [
  'AppArmorProfile',
  'Driver',
  'GraphDriver.Name',
  'HostConfig.CgroupnsMode',
  'HostConfig.Isolation',
  'HostConfig.MaskedPaths',
  'HostConfig.MemorySwap',
  'HostConfig.PortBindings.80/tcp is missing',
  'HostConfig.ReadonlyPaths',
  'HostConfig.Runtime',
  'HostnamePath',
  'HostsPath',
  'LogPath',
  'Mounts',
  'NetworkSettings.Networks.bridge.NetworkID',
  'NetworkSettings.Networks.front.NetworkID',
  'NetworkSettings.Networks.none.NetworkID',
  'NetworkSettings.Ports.80/tcp',
  'NetworkSettings.SandboxID',
  'NetworkSettings.SandboxKey',
  'ResolvConfPath',
  'State.Error',
  'State.Pid',
];

const direct = Object.keys(containers()).filter((name) => !name.endsWith('-of-berth'));

describe('a container as its engine would show it to its owner', () => {
  it.each(direct)('has the keys and types of a real engine: %s', (name) => {
    const engine = container(name);
    const found = differences(engine, containerInspectView(engine, identityOf(name), '1.41'), 'shape');
    expect(found.filter((one) => one !== 'HostConfig.PortBindings.80/tcp is missing')).toEqual([]);
  });

  it.each(direct)('has the values of a real engine but for the named ones: %s', (name) => {
    const engine = container(name);
    const found = differences(engine, containerInspectView(engine, identityOf(name), '1.41'), 'value');
    expect(found.filter((one) => !deliberate.includes(one))).toEqual([]);
  });

  it('reads the same whether a person or Berth made it', () => {
    const real = containerInspectView(container('web'), identityOf('web'), '1.41');
    const ours = containerInspectView(container('web-of-berth'), identityOf('web-of-berth'), '1.41');
    expect(differences(real, ours, 'value').sort()).toEqual(
      [
        'Created',
        'Id',
        'Mounts',
        'NetworkSettings.Networks.front.Aliases',
        'NetworkSettings.Networks.front.EndpointID',
        'NetworkSettings.Networks.front.Gateway',
        'NetworkSettings.Networks.front.IPAddress',
        'NetworkSettings.Networks.front.IPPrefixLen',
        'NetworkSettings.Networks.front.MacAddress',
        'State.Health.Log',
        'State.Pid',
        'State.StartedAt',
      ].sort(),
    );
  });

  it('shows the default network in its own place and in the fields from before there were several', () => {
    const view = containerInspectView(container('plain-of-berth'), identityOf('plain-of-berth'), '1.47') as never as {
      NetworkSettings: { IPAddress: string; Networks: Record<string, { IPAddress: string; Aliases: null; DNSNames: null }> };
    };
    expect(Object.keys(view.NetworkSettings.Networks)).toEqual(['bridge']);
    expect(view.NetworkSettings.Networks.bridge).toMatchObject({ IPAddress: '100.64.8.2', Aliases: null, DNSNames: null });
    expect(view.NetworkSettings.IPAddress).toBe('100.64.8.2');
  });

  it('shows volumes by the names of their tenant, at the place where Docker keeps them', () => {
    const view = containerInspectView(container('web-of-berth'), identityOf('web-of-berth'), '1.41') as { Mounts: object[] };
    expect(view.Mounts).toContainEqual({
      Type: 'volume',
      Name: 'data',
      Source: '/var/lib/docker/volumes/data/_data',
      Destination: '/data',
      Driver: 'local',
      Mode: 'ro',
      RW: false,
      Propagation: '',
    });
  });

  it('shows binds, mounts, modes and limits as they were asked for', () => {
    const engine = container('plain-of-berth');
    const volume = { type: 'volume', source: 'data', labels: {}, subpath: null } as const;
    const spec = specMake({
      mounts: [
        { ...volume, origin: 'bind', target: '/a', readOnly: true, noCopy: true },
        { ...volume, origin: 'bind', source: null, target: '/b', readOnly: false, noCopy: false },
        { ...volume, origin: 'mount', target: '/c', readOnly: true, noCopy: true, subpath: 'x', labels: { a: 'b' } },
        { type: 'tmpfs', target: '/d', readOnly: false, sizeBytes: 4096, mode: 0o700 },
      ],
      ipc: { mode: 'container', container: 'store' },
      resources: { memoryBytes: 1, memoryReservationBytes: 2, nanoCpus: 3, cpuShares: 4, pidsLimit: 5, shmSizeBytes: 6 },
      isolation: 'sandboxed',
    });
    const view = containerInspectView(engine, identityMake(engine, { spec, isolation: 'sandboxed', autoRemove: true }), '1.47') as {
      HostConfig: object;
    };
    expect(view.HostConfig).toMatchObject({
      AutoRemove: true,
      Isolation: 'sandboxed',
      Binds: ['data:/a:ro,nocopy', '/b'],
      Mounts: [
        { Type: 'volume', Source: 'data', Target: '/c', ReadOnly: true, VolumeOptions: { NoCopy: true, Labels: { a: 'b' }, Subpath: 'x' } },
        { Type: 'tmpfs', Target: '/d', TmpfsOptions: { SizeBytes: 4096, Mode: 0o700 } },
      ],
      IpcMode: `container:${container('store').Id}`,
      Memory: 1,
      MemorySwap: 1,
      MemoryReservation: 2,
      NanoCpus: 3,
      CpuShares: 4,
      PidsLimit: 5,
      ShmSize: 6,
    });
  });
});

describe('what differs by API version', () => {
  const view = (apiVersion: string) =>
    containerInspectView(container('web'), identityOf('web'), apiVersion) as never as {
      HostConfig: Record<string, unknown>;
      NetworkSettings: { Networks: { front: Record<string, unknown> } };
    };

  it('has kernel memory until 1.41', () => {
    expect(view('1.41').HostConfig).toHaveProperty('KernelMemory', 0);
    expect(view('1.42').HostConfig).not.toHaveProperty('KernelMemory');
  });

  it('has the short id among the aliases until 1.44, and DNS names from then on', () => {
    const short = container('web').Id.slice(0, 12);
    expect(view('1.43').NetworkSettings.Networks.front).not.toHaveProperty('DNSNames');
    expect(view('1.44').NetworkSettings.Networks.front).toMatchObject({
      Aliases: ['w', short, 'webby'],
      DNSNames: ['web', 'w', short, 'webby'],
    });
    expect(view('1.45').NetworkSettings.Networks.front).toMatchObject({ Aliases: ['w'] });
  });

  it('calls the default network default until 1.44', () => {
    const mode = (apiVersion: string) =>
      (containerInspectView(container('plain'), identityOf('plain'), apiVersion) as { HostConfig: { NetworkMode: string } }).HostConfig
        .NetworkMode;
    expect([mode('1.24'), mode('1.44'), mode('1.45'), mode('1.47')]).toEqual(['default', 'default', 'bridge', 'bridge']);
  });
});

describe('a container on a host that cannot be reached', () => {
  it('reads unknown, neither running nor healthy', () => {
    const own = { ...identityOf('web'), state: { unknownSince: '2026-11-25T00:50:00Z' } };
    const { State } = containerInspectView(container('web'), own, '1.47') as { State: object };
    expect(State).toMatchObject({
      Status: 'unknown',
      Running: false,
      Paused: false,
      Restarting: false,
      Dead: false,
      Pid: 0,
      Error: 'host unreachable; last seen 2026-11-25T00:50:00Z',
      Health: { Status: 'unknown' },
    });
  });
});

describe('what a tenant must not see', () => {
  const hidden = [/engine-7/, /berth-/, /io\.berth/, /BERTH_/, /30080/, /127\.0\.0\.1/, /berth\.t1/, /max-size/, /13874/, /8bae879ca919/];

  it('shows nothing of the host, of our own names, labels and environment', () => {
    const text = JSON.stringify(containerInspectView(container('web-of-berth'), identityOf('web-of-berth'), '1.41'));
    for (const secret of hidden) expect(text).not.toMatch(secret);
  });

  it('shows no field that it does not know, at any depth', () => {
    const tainted = container('web-of-berth') as EngineContainerInspect & Record<string, object>;
    const { State, HostConfig, NetworkSettings, GraphDriver, Config, Mounts } = tainted;
    const places = [tainted, State, State.Health, HostConfig, NetworkSettings, GraphDriver, Config, Config.Healthcheck, ...(Mounts ?? [])];
    for (const place of [...places, ...Object.values(NetworkSettings.Networks ?? {})])
      Object.assign(place ?? {}, { Tomorrow: 'tomorrow-secret' });
    Object.assign(tainted, { Node: { Name: 'tomorrow-secret' } });
    expect(JSON.stringify(containerInspectView(tainted, identityOf('web-of-berth'), '1.47'))).not.toContain('tomorrow-secret');
  });

  it('shows no mount, network or volume that is not the tenant’s', () => {
    const engine = container('web-of-berth');
    engine.Mounts?.push(
      { Type: 'bind', Source: '/etc/berth/resolv', Destination: '/etc/resolv.conf', Mode: '', RW: false },
      { Type: 'volume', Name: 'another', Source: '/x', Destination: '/another', Mode: '', RW: true },
    );
    Object.assign(engine.NetworkSettings.Networks ?? {}, {
      'berth-of-another': { ...engine.NetworkSettings.Networks?.['berth-net-0b7e2f3c'] },
    });
    const view = containerInspectView(engine, identityOf('web-of-berth'), '1.47') as {
      Mounts: object[];
      NetworkSettings: { Networks: object };
    };
    expect(JSON.stringify(view.Mounts)).not.toMatch(/another|resolv/);
    expect(Object.keys(view.NetworkSettings.Networks)).toEqual(['front']);
  });

  it('keeps a tenant’s own variable of a reserved name, and its labels called __proto__', () => {
    const engine = container('web-of-berth');
    const own = identityOf('web-of-berth');
    engine.Config.Env = ['BERTH_INSTANCE=c1', 'BERTH_MINE=1'];
    engine.Config.Labels = JSON.parse('{"__proto__":"a","io.berth.x":"b","berth.isolation":"c"}');
    own.spec.env = ['BERTH_MINE=1'];
    const { Config } = containerInspectView(engine, own, '1.47') as { Config: { Env: string[]; Labels: Record<string, string> } };
    expect(Config.Env).toEqual(['BERTH_MINE=1']);
    expect(Object.keys(Config.Labels).sort()).toEqual(['__proto__', 'app', 'berth.isolation', 'empty']);
  });

  it('tells an error without its paths, and a failed probe likewise', () => {
    const engine = container('web-of-berth');
    engine.State.Error = 'error mounting "/srv/engine-7/data/volumes/berth-vol-5a5a/_data" to rootfs: permission denied';
    engine.State.Health = {
      Status: 'unhealthy',
      FailingStreak: 1,
      Log: [{ Start: '', End: '', ExitCode: -1, Output: 'stat /run/engine-7/x: no such file or directory' }],
    };
    const text = JSON.stringify((containerInspectView(engine, identityOf('web-of-berth'), '1.47') as { State: object }).State);
    expect(text).not.toMatch(/engine-7|berth-/);
    expect(text).toMatch(/permission denied/);
  });
});
