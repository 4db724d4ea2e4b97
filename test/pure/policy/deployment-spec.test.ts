import { describe, expect, it } from 'vitest';
import { BerthError } from '../../../src/domain/errors.ts';
import { bytesParse, bytesText } from '../../../src/policy/byte-size.ts';
import { deploymentSpecRead } from '../../../src/policy/deployment-spec.read.ts';
import { deploymentSpecRows } from '../../../src/policy/deployment-spec.table.ts';
import { deploymentSpecWrite } from '../../../src/policy/deployment-spec.write.ts';
import { durationParse, durationText } from '../../../src/policy/duration.ts';
import type { JsonValue } from '../../../src/policy/json.ts';

/** Everything at once, none of it a default. */
const full = {
  ...{ image: 'nginx:1.27', command: ['/entry'], args: ['-g', 'daemon off;'], env: { A: '1', B: 'x=y' }, labels: { team: 'a' } },
  ...{ hostname: 'h', user: '1000:1000', groups: ['audio'], workingDir: '/srv', tty: true, readOnly: true, init: false },
  ...{ stopSignal: 'SIGINT', stopGracePeriod: '90s', isolation: 'sandboxed', shmSize: '32m', noNewPrivileges: true },
  healthcheck: { test: ['CMD', 'true'], interval: '5s', timeout: '1500ms', startPeriod: '1m', startInterval: '1s', retries: 4 },
  resources: { limits: { memory: '128m', cpus: 0.25, pids: 64 }, reservations: { memory: '64m' } },
  replicas: 3,
  ports: [
    { target: 80, published: 8080, protocol: 'tcp', proxyProtocol: true },
    { target: 53, protocol: 'udp', proxyProtocol: false },
  ],
  secrets: [
    { secret: 'db', file: '/run/secrets/pw', mode: '0400' },
    { secret: 'key', env: 'KEY' },
  ],
  volumes: [{ name: 'data', target: '/data', readOnly: true, noCopy: true, subpath: 'a/b' }],
  tmpfs: { '/tmp': 'size=1048576' },
  networks: [{ name: 'front', aliases: ['www'] }, { name: 'back' }],
  ...{ extraHosts: ['db:1.1.1.1'], dns: ['1.1.1.1'], dnsSearch: ['example.com'], dnsOptions: ['ndots:2'] },
  ...{
    capAdd: ['CAP_NET_RAW'],
    capDrop: ['ALL'],
    sysctls: { 'net.core.somaxconn': '64' },
    ulimits: [{ name: 'nofile', soft: 10, hard: 20 }],
  },
  placement: { constraints: ['host.labels.zone==a', 'host.arch!=arm64'], spread: ['host.labels.zone'], maxReplicasPerHost: 2 },
  restartPolicy: { condition: 'on-failure', delay: '2s', maxAttempts: 5 },
  update: {
    parallelism: 2,
    order: 'stop-first',
    delay: '3s',
    healthDeadline: '45s',
    monitor: '7s',
    failureAction: 'pause',
    maxFailureRatio: 0.5,
  },
  rollback: {
    parallelism: 3,
    order: 'start-first',
    delay: '0s',
    healthDeadline: '30s',
    monitor: '0s',
    failureAction: 'continue',
    maxFailureRatio: 0,
  },
};

const read = (spec: object, name = 'web') => deploymentSpecRead(spec as JsonValue, name);

function refusal(spec: object): { code: string; message: string } {
  try {
    read({ image: 'x', ...spec });
  } catch (error) {
    if (error instanceof BerthError) return { code: error.code, message: error.message };
    throw error;
  }
  return expect.fail(`it was accepted: ${JSON.stringify(spec)}`);
}

describe('the spec of a deployment', () => {
  describe('happy', () => {
    it('needs an image and nothing else', () => {
      const spec = read({ image: 'busybox' });
      expect(spec).toMatchObject({ replicas: 1, ports: [], secrets: [], placement: { constraints: [], spread: [], maxPerHost: null } });
      expect(spec.restart).toEqual({ condition: 'any', delayMs: 1000, maxAttempts: null });
      expect(spec.update).toMatchObject({ order: 'start-first', parallelism: 1, failureAction: 'rollback', healthDeadlineMs: 60_000 });
      expect(spec.template).toMatchObject({
        image: 'busybox',
        cmd: null,
        entrypoint: null,
        healthcheck: null,
        resources: { memoryBytes: 512 * 1024 ** 2 },
      });
    });

    it('leaves the restart, the name and the ports of its containers to the deployment', () => {
      expect(read(full).template).toMatchObject({
        name: null,
        restartPolicy: { name: 'no' },
        autoRemove: false,
        ports: [],
        publishAllPorts: false,
      });
    });

    it('reads what is written from it as the same again', () => {
      const spec = read(full);
      const written = deploymentSpecWrite(spec, 'web');
      expect(read(written)).toEqual(spec);
      expect(written).toEqual(full);
      const least = read({ image: 'busybox' });
      expect(read(deploymentSpecWrite(least, 'web'))).toEqual(least);
    });

    it('has its replicas answer to its name on its networks', () => {
      const { network } = read(full).template;
      expect(network.mode === 'networks' && network.endpoints.map(({ aliases }) => aliases)).toEqual([['web', 'www'], ['web']]);
    });

    it('takes a health check as one line for a shell', () => {
      expect(read({ image: 'x', healthcheck: { test: 'curl -f localhost || exit 1' } }).template.healthcheck?.test).toEqual([
        'CMD-SHELL',
        'curl -f localhost || exit 1',
      ]);
      expect(read({ image: 'x', healthcheck: { test: ['NONE'] } }).template.healthcheck?.test).toEqual(['NONE']);
    });

    it('reads every field that its table serves', () => {
      const paths = new Set<string>();
      const walk = (value: unknown, path: string) => {
        if (path !== '') paths.add(path);
        if (Array.isArray(value)) for (const item of value) walk(item, `${path}[]`);
        else if (typeof value === 'object' && value !== null)
          for (const [key, item] of Object.entries(value)) walk(item, path === '' ? key : `${path}.${key}`);
      };
      walk(full, '');
      const served = deploymentSpecRows.filter(({ verdict }) => verdict === 'served' || verdict === 'capped').map(({ path }) => path);
      expect(served.filter((path) => !paths.has(path))).toEqual([]);
    });
  });

  describe('durations and sizes', () => {
    it.each([
      ['0', 0],
      ['10s', 10_000],
      ['1m30s', 90_000],
      ['500ms', 500],
      ['1.5h', 5_400_000],
    ] as const)('%s', (text, ms) => {
      expect(durationParse(text)).toBe(ms);
      expect(durationParse(durationText(ms))).toBe(ms);
    });
    it.each(['', '10', '-1s', 's', '1d', '1s ', '1e3s', '١s'])('"%s" is no duration', (text) => expect(durationParse(text)).toBeNull());
    it.each([
      ['1024', 1024],
      ['512m', 2 ** 29],
      ['1.5g', 1.5 * 2 ** 30],
      ['64MiB', 2 ** 26],
      ['2KB', 2048],
    ] as const)('%s', (text, bytes) => {
      expect(bytesParse(text)).toBe(bytes);
      expect(bytesParse(bytesText(bytes))).toBe(bytes);
    });
    it.each(['', '-1', 'm', '1x', '1 0', '9999999t'])('"%s" is no size', (text) => expect(bytesParse(text)).toBeNull());
  });

  describe('error', () => {
    it.each([
      [{ image: '' }, 'image is missing'],
      [{ replicas: 'two' }, 'replicas must be a whole number'],
      [{ replicas: 101 }, 'replicas'],
      [{ env: { A: 1 } }, 'env.A must be a string'],
      [{ healthcheck: { interval: '5' } }, 'healthcheck.interval must be a duration'],
      [{ healthcheck: { interval: '1ms' } }, 'healthcheck.interval'],
      [{ resources: { limits: { memory: '1k' } } }, 'resources.limits.memory'],
      [{ resources: { limits: { memory: '64m' }, reservations: { memory: '128m' } } }, 'resources.reservations.memory'],
      [{ resources: { limits: { cpus: '0.5' } } }, 'resources.limits.cpus must be a number'],
      [{ ports: [{ target: 0 }] }, 'ports[0].target'],
      [{ ports: [{ target: 80 }, { target: 80, published: 70_000 }] }, 'ports[1].published'],
      [{ ports: [{ target: 80, protocol: 'sctp' }] }, 'ports[0].protocol'],
      [{ ports: [{ target: 80, protocol: 'udp', proxyProtocol: true }] }, 'ports[0].proxyProtocol'],
      [{ secrets: [{ secret: 'a', file: 'x' }] }, 'secrets[0].file'],
      [{ secrets: [{ secret: 'a', env: 'A', file: '/x' }] }, 'secrets[0].env'],
      [{ secrets: [{ secret: 'a' }, { secret: 'b', file: '/run/secrets/a' }] }, 'secrets'],
      [{ volumes: [{ target: '/data' }] }, 'volumes[0].name'],
      [
        {
          volumes: [
            { name: 'ok', target: '/a' },
            { name: 'data', target: 'data' },
          ],
        },
        'volumes[1].target',
      ],
      [{ networks: [{ name: 'a' }, { name: 'a' }] }, 'networks'],
      [{ networks: [{ name: 'a', aliases: ['not a name'] }] }, 'networks[].aliases'],
      [{ placement: { constraints: ['zone'] } }, 'placement.constraints'],
      [{ restartPolicy: { condition: 'always' } }, 'restartPolicy.condition must be one of any, on-failure, none'],
      [{ update: { order: 'random' } }, 'update.order'],
      [{ update: { maxFailureRatio: 2 } }, 'update.maxFailureRatio'],
      [{ update: { parallelism: 0 } }, 'update.parallelism'],
    ])('%j is refused by its field', (spec, words) => {
      const expected = words.replace('networks[].aliases', 'networks.aliases');
      const { message } = refusal(spec);
      expect(message.replace('networks[].aliases', 'networks.aliases')).toContain(expected);
    });
  });

  describe('security', () => {
    it.each([
      [{ privileged: true }, 'privileged'],
      [{ devices: ['/dev/kvm'] }, 'devices'],
      [{ logging: { driver: 'syslog' } }, 'logging'],
      [{ configs: [{ source: 'x' }] }, 'configs'],
      [{ Privileged: true }, 'privileged'],
      [{ HostConfig: { Privileged: true } }, 'HostConfig'],
      [{ pid: 'host' }, 'pid'],
      [{ runtime: 'runc' }, 'runtime'],
      [{ capAdd: ['SYS_ADMIN'] }, 'capAdd'],
      [{ capAdd: ['ALL'] }, 'capAdd'],
      [{ sysctls: { 'kernel.core_pattern': '|/x' } }, 'sysctls'],
      [{ ulimits: [{ name: 'rtprio', soft: 1, hard: 1 }] }, 'ulimits[0].name'],
      [{ isolation: 'none' }, 'isolation'],
      [{ volumes: [{ name: '/etc', target: '/x' }] }, 'volume name'],
      [{ volumes: [{ name: '../../etc', target: '/x' }] }, 'volume name'],
      [{ volumes: [{ name: 'data', target: '/proc/sys' }] }, 'volumes[0].target'],
      [{ volumes: [{ name: 'data', target: '/a:/b' }] }, 'volumes[0].target'],
      [{ volumes: [{ name: 'data', target: '/x', subpath: '../..' }] }, 'volumes[0].subpath'],
      [{ volumes: [{ name: 'data', target: '/x', type: 'bind' }] }, 'volumes[0].type'],
      [{ tmpfs: { '/sys/fs': '' } }, 'tmpfs'],
      [{ tmpfs: { '/x': 'mpol=bind:0' } }, 'tmpfs'],
      [{ secrets: [{ secret: 'a', file: '/proc/1/x' }] }, 'secrets[0].file'],
      [{ secrets: [{ secret: 'a', file: '/../etc/x' }] }, 'secrets[0].file'],
      [{ networks: [{ name: 'host' }] }, 'networks[0].name'],
      [{ networks: [{ name: 'none' }] }, 'networks[0].name'],
      [{ networks: [{ name: 'container:victim' }] }, 'networks[0].name'],
      [{ extraHosts: ['metadata:169.254.169.254'] }, 'extraHosts'],
      [{ extraHosts: ['x:host-gateway'] }, 'extraHosts'],
      [{ dns: ['10.0.0.1'] }, 'dns'],
      [{ env: { 'A=B': 'x' } }, 'env'],
      [{ env: { A: 'x\0y' } }, 'env'],
      [{ placement: { constraints: ['node.hostname==secret-host'] } }, 'placement.constraints'],
    ])('%j gets nowhere', (spec, words) => {
      const { code, message } = refusal(spec);
      expect(['refused', 'malformed']).toContain(code);
      expect(message.toLowerCase()).toContain(words.toLowerCase());
      expect(message).not.toContain('HostConfig.');
      expect(message).not.toContain('divergence.md');
    });

    it('labels and variables that are ours are dropped, in whatever case', () => {
      const { template } = read({
        image: 'x',
        labels: { 'io.berth.tenant': 'x', 'IO.Berth.container': 'y', ok: '1' },
        env: { 'io.berth.x': '1', OK: '1' },
      });
      expect(template.labels).toEqual({ ok: '1' });
      expect(template.env).toEqual(['OK=1']);
    });

    it('what is written of one is safe to read back, whatever its keys are called', () => {
      const body = JSON.parse('{"image":"x","env":{"__proto__":"1","constructor":"2"},"labels":{"toString":"3"}}');
      const spec = read(body);
      expect(spec.template.env).toEqual(['__proto__=1', 'constructor=2']);
      expect(read(JSON.parse(JSON.stringify(deploymentSpecWrite(spec, 'web'))))).toEqual(spec);
    });
  });
});
