import { describe, expect, it } from 'vitest';
import type { MountSpec } from '../../../src/domain/container-spec.ts';
import { containerCreateRead } from '../../../src/policy/container-create.read.ts';
import { type ContainerPlacement, containerCreateWrite, containerReferences } from '../../../src/policy/container-create.write.ts';
import { cliBodies, failure, readBody, readHost, readText } from './requests.ts';

const placed: ContainerPlacement = {
  imageId: 'sha256:1',
  labels: { 'io.berth.tenant': 't1' },
  volumeNames: new Map([['data', 'berth-data']]),
  networkMode: 'berth-app',
  endpoints: [{ engineNetwork: 'berth-app', aliases: ['web', 'w'], links: ['db:x'], ipv4: '100.64.0.9' }],
  ports: [{ containerPort: 80, protocol: 'tcp', address: '10.0.0.4', port: 20_080 }],
  containerIds: new Map([['db', 'd'.repeat(64)]]),
  runtime: null,
  apiVersion: '1.41',
};

describe('reading a create request', () => {
  describe('happy', () => {
    it('reads the body of a docker run without options, zeros and all', () => {
      const spec = readBody({ ...cliBodies.plain, Image: 'busybox' });
      expect(spec).toMatchObject({
        network: { mode: 'networks', endpoints: [{ network: 'bridge', aliases: [], links: [], ipv4: null, ipv6: null }] },
        resources: { memoryBytes: 512 * 1024 * 1024, pidsLimit: 512, shmSizeBytes: 64 * 1024 * 1024, nanoCpus: 0 },
        isolation: 'default',
        restartPolicy: { name: 'no', maximumRetryCount: 0 },
        mounts: [{ type: 'volume', origin: 'mount', source: 'vv', target: '/v', noCopy: true, subpath: 'a/b' }],
      });
    });

    it('reads the body of a docker run with every option', () => {
      const spec = containerCreateRead(cliBodies.everyOption, { name: '/web', platform: 'Linux/amd64' });
      expect(spec).toMatchObject({
        name: 'web',
        platform: 'linux/amd64',
        cmd: ['sh', '-c', 'echo hi'],
        env: ['A=b'],
        labels: { c: 'd' },
        capAdd: ['CAP_CHOWN'],
        capDrop: ['ALL'],
        noNewPrivileges: true,
        init: true,
        stopTimeoutSeconds: 3,
        dns: ['8.8.8.8'],
        extraHosts: ['a:1.2.3.4'],
        tmpfs: { '/x': 'size=1m' },
        ulimits: [{ name: 'nofile', soft: 10, hard: 20 }],
        restartPolicy: { name: 'on-failure', maximumRetryCount: 3 },
        resources: { memoryBytes: 64 * 1024 * 1024, nanoCpus: 500_000_000 },
        network: { mode: 'networks', endpoints: [{ network: 'app', aliases: ['w'], links: ['db:x'], ipv4: '10.1.2.3' }] },
      });
      expect(spec.mounts.map(({ target }) => target)).toEqual(['/d', '/t', '/anon']);
      expect(containerReferences(spec)).toEqual(['db']);
    });

    it('accepts the spellings that an engine accepts', () => {
      expect(readText('{"image":"busybox","HOSTCONFIG":{"memory":8388608},"Ho\\u017ftname":"a"}')).toMatchObject({
        image: 'busybox',
        hostname: 'a',
        resources: { memoryBytes: 8388608 },
      });
      expect(readBody({ Cmd: 'true', Entrypoint: [''] })).toMatchObject({ cmd: ['true'], entrypoint: [''] });
      expect(readHost({ CapAdd: ['chown', 'Cap_Chown', 'CAP_CHOWN'] }).capAdd).toEqual(['CAP_CHOWN']);
      expect(readHost({ SecurityOpt: ['no-new-privileges:true'] }).noNewPrivileges).toBe(true);
    });

    it('takes what dockerode says twice from the query alone', () => {
      const body = { name: 'other', platform: 'linux/arm64', Image: 'busybox', HostConfig: { AutoRemove: true } };
      expect(containerCreateRead(body, { name: 'web', platform: null })).toMatchObject({ name: 'web', platform: null, autoRemove: true });
    });

    it('reads binds of named and anonymous volumes', () => {
      const volume = (more: object) =>
        ({ type: 'volume', origin: 'bind', readOnly: false, noCopy: false, subpath: null, labels: {}, ...more }) as MountSpec;
      expect(readHost({ Binds: ['data:/d', 'more:/m//x/.:ro,nocopy', '/anon'] }).mounts).toEqual([
        volume({ source: 'data', target: '/d' }),
        volume({ source: 'more', target: '/m/x', readOnly: true, noCopy: true }),
        volume({ source: null, target: '/anon' }),
      ]);
    });

    it('lets a mount take the place of a volume of the config, as an engine does', () => {
      expect(readBody({ Volumes: { '/d': {}, '/e/': {} }, HostConfig: { Binds: ['data:/d'] } }).mounts).toMatchObject([
        { origin: 'bind', source: 'data', target: '/d' },
        { origin: 'config', source: null, target: '/e' },
      ]);
    });

    it('puts the network of NetworkMode first and keeps the others', () => {
      const spec = readBody({
        HostConfig: { NetworkMode: 'b', Links: ['db'] },
        NetworkingConfig: { EndpointsConfig: { a: null, b: { Aliases: ['x'] }, bridge: {} } },
      });
      expect(spec.network).toMatchObject({
        mode: 'networks',
        endpoints: [{ network: 'b', aliases: ['x'], links: ['db:db'] }, { network: 'a' }, { network: 'bridge' }],
      });
    });

    it('takes isolation from the field or the label', () => {
      expect(readHost({ Isolation: 'sandboxed' }).isolation).toBe('sandboxed');
      expect(readBody({ Labels: { 'berth.isolation': 'dedicated' } }).isolation).toBe('dedicated');
      expect(readBody({ Labels: { 'berth.isolation': 'shared' }, HostConfig: { Isolation: 'shared' } }).isolation).toBe('shared');
    });

    it('turns a CPU quota into cores', () => {
      expect(readHost({ CpuQuota: 50_000 }).resources.nanoCpus).toBe(500_000_000);
      expect(readHost({ CpuQuota: 50_000, CpuPeriod: 25_000 }).resources.nanoCpus).toBe(2_000_000_000);
    });
  });

  describe('error', () => {
    it.each<[string, object, string]>([
      ['no image', { Image: '' }, 'Image'],
      ['a body that is a list of the wrong things', { Env: [1] }, 'Env[0]'],
      [
        'a conflict of isolation and label',
        { Labels: { 'berth.isolation': 'shared' }, HostConfig: { Isolation: 'sandboxed' } },
        'HostConfig.Isolation',
      ],
      ['two mounts in one place', { HostConfig: { Binds: ['aa:/x', 'bb:/x/./'] } }, 'HostConfig.Mounts'],
      [
        'auto-remove with a restart policy',
        { HostConfig: { AutoRemove: true, RestartPolicy: { Name: 'always' } } },
        "can't create 'AutoRemove' container with restart policy",
      ],
      [
        'a retry count without on-failure',
        { HostConfig: { RestartPolicy: { Name: 'always', MaximumRetryCount: 2 } } },
        "maximum retry count cannot be used with restart policy 'always'",
      ],
      ['an unknown restart policy', { HostConfig: { RestartPolicy: { Name: 'often' } } }, "invalid restart policy 'often'"],
      ['one network twice', { NetworkingConfig: { EndpointsConfig: { default: {}, bridge: {} } } }, 'EndpointsConfig'],
      ['a hostname in a shared network', { Hostname: 'a', HostConfig: { NetworkMode: 'container:db' } }, 'HostConfig.NetworkMode'],
      [
        'networks beside none',
        { HostConfig: { NetworkMode: 'none' }, NetworkingConfig: { EndpointsConfig: { app: {} } } },
        'EndpointsConfig',
      ],
      ['NanoCpus with a quota', { HostConfig: { NanoCpus: 1e9, CpuQuota: 5000 } }, 'HostConfig.NanoCpus'],
      ['a fraction of a byte', { HostConfig: { Memory: 1e7 + 0.5 } }, 'HostConfig.Memory'],
      ['a NUL', { Env: ['A=\0'] }, 'Env[0]'],
      ['a port that is none', { ExposedPorts: { '70000/tcp': {} } }, 'ExposedPorts'],
      ['an odd health check', { Healthcheck: { Test: ['RUN', 'x'] } }, 'Healthcheck.Test'],
    ])('calls %s malformed and says what', (_, body, field) => {
      const error = failure(() => readBody(body));
      expect(error?.code).toBe('malformed');
      expect(error?.message).toContain(field);
    });

    it('calls a body that is no object malformed', () => {
      for (const text of ['null', '[]', '"a"', '1']) expect(failure(() => readText(text))?.code).toBe('malformed');
    });

    it.each(['a', '.a', '-a', 'a b', 'a/b', 'ä', '', '//a'])('refuses the name %j', (name) => {
      const read = () => containerCreateRead({ Image: 'x' }, { name, platform: null });
      if (name === '') expect(read().name).toBeNull();
      else expect(failure(read)?.code).toBe('malformed');
    });

    it('refuses platforms that no host has', () => {
      const read = (platform: string) => failure(() => containerCreateRead({ Image: 'x' }, { name: null, platform }))?.code;
      expect([read('windows/amd64'), read('linux/amd64/v2/x'), read('linux/'), read('linux/arm64/v8')]).toEqual([
        'refused',
        'malformed',
        'malformed',
        undefined,
      ]);
    });
  });
});

describe('writing the create request of an engine', () => {
  it('writes what was placed, in the words of the engine', () => {
    const spec = containerCreateRead(cliBodies.everyOption, { name: 'web', platform: null });
    const { body, connectAfter } = containerCreateWrite(spec, placed);
    expect(connectAfter).toEqual([]);
    expect(body).toMatchObject({
      Image: 'sha256:1',
      Labels: { c: 'd', 'io.berth.tenant': 't1' },
      Volumes: { '/anon': {} },
      HostConfig: {
        NetworkMode: 'berth-app',
        Memory: 64 * 1024 * 1024,
        MemorySwap: 64 * 1024 * 1024,
        SecurityOpt: ['no-new-privileges'],
        Tmpfs: { '/x': 'size=1048576' },
        Mounts: [
          { Type: 'volume', Source: 'berth-data', Target: '/d', ReadOnly: true },
          { Type: 'tmpfs', Target: '/t' },
        ],
      },
      NetworkingConfig: {
        EndpointsConfig: {
          'berth-app': { Aliases: ['web', 'w'], Links: [`${'d'.repeat(12)}:x`], IPAMConfig: { IPv4Address: '100.64.0.9' } },
        },
      },
    });
  });

  it('gives every tmpfs a size, which is the last one or the memory limit', () => {
    const written = (options: string) => {
      const spec = readHost({ Memory: 64 * 1024 * 1024, Tmpfs: { '/x': options } });
      return [spec.tmpfs['/x'], containerCreateWrite(spec, placed).body.HostConfig.Tmpfs?.['/x']];
    };
    expect(written('')).toEqual(['', 'size=67108864']);
    expect(written('size=0')).toEqual(['size=0', 'size=67108864']);
    expect(written('ro,size=4k,mode=1777,size=2K')).toEqual(['ro,size=4k,mode=1777,size=2K', 'ro,mode=1777,size=2048']);
  });

  it('keeps further endpoints for later on engines before API 1.44', () => {
    const two = { ...placed, endpoints: ['n1', 'n2'].map((engineNetwork) => ({ engineNetwork, aliases: [], ipv4: null })) };
    const old = containerCreateWrite(readBody({}), two);
    expect(Object.keys(old.body.NetworkingConfig.EndpointsConfig)).toEqual(['n1']);
    expect(old.connectAfter.map(({ engineNetwork }) => engineNetwork)).toEqual(['n2']);
    const young = containerCreateWrite(readBody({}), { ...two, apiVersion: '1.44' });
    expect(Object.keys(young.body.NetworkingConfig.EndpointsConfig)).toEqual(['n1', 'n2']);
    expect(young.connectAfter).toEqual([]);
  });

  it('sends a start interval only to engines that know it', () => {
    const spec = readBody({ Healthcheck: { Test: ['CMD', 'x'], StartInterval: 1e9 } });
    expect(containerCreateWrite(spec, placed).body.Healthcheck).not.toHaveProperty('StartInterval');
    expect(containerCreateWrite(spec, { ...placed, apiVersion: '1.44' }).body.Healthcheck).toHaveProperty('StartInterval', 1e9);
  });

  it('says that a subpath needs a newer engine', () => {
    const spec = readHost({ Mounts: [{ Type: 'volume', Source: 'data', Target: '/d', VolumeOptions: { Subpath: 'x' } }] });
    expect(failure(() => containerCreateWrite(spec, placed))?.code).toBe('unavailable');
    expect(failure(() => containerCreateWrite(spec, { ...placed, apiVersion: '1.45' }))).toBeNull();
  });

  it('sends no name that was not resolved', () => {
    expect(failure(() => containerCreateWrite(readHost({ Binds: ['other:/d'] }), placed))?.code).toBe('internal');
    expect(failure(() => containerCreateWrite(readHost({ VolumesFrom: ['other'] }), placed))?.code).toBe('internal');
  });
});
