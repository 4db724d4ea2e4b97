import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BerthError } from '../../../src/domain/errors.ts';
import { commandWords } from '../../../src/policy/command-words.ts';
import { composeEnvFiles, composeNormalize, composeRead } from '../../../src/policy/compose.read.ts';
import { composeRows } from '../../../src/policy/compose.table.ts';
import { envFileRead } from '../../../src/policy/compose-env-file.ts';
import { composeInterpolate, textInterpolate } from '../../../src/policy/compose-interpolate.ts';
import type { StackWish } from '../../../src/policy/compose-types.ts';
import { deploymentSpecRead } from '../../../src/policy/deployment-spec.read.ts';

function compose(yaml: string, variables: Record<string, string> = {}, files: Record<string, Record<string, string>> = {}): StackWish {
  const document = composeInterpolate(composeNormalize(parse(yaml, { merge: true })), variables);
  return composeRead(document, { stack: 'shop', variables, envFiles: new Map(Object.entries(files)) });
}

/** The spec of the one service that is called `web`. */
function web(yaml: string, variables: Record<string, string> = {}, files: Record<string, Record<string, string>> = {}) {
  const wish = compose(
    `services:\n  web:\n    image: x\n${yaml.replace(/^/gm, '    ')}\nvolumes: {data: {}}\nsecrets: {token: {external: true}}\nnetworks: {front: {}}`,
    variables,
    files,
  );
  const { name, spec } = wish.deployments[0] ?? expect.fail('no deployment');
  // Whatever is read from a file is something that the server takes.
  deploymentSpecRead(spec, name);
  return spec;
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof BerthError) return error.message;
    throw error;
  }
  return expect.fail('it was accepted');
}

describe('a Compose file', () => {
  describe('happy', () => {
    it('becomes deployments of one stack, those that others depend on first, on a network of its own', () => {
      const wish = compose(
        'services: {web: {image: nginx, depends_on: [api]}, api: {image: a, depends_on: {db: {condition: service_healthy}}}, db: {image: d}}',
      );
      expect(wish.deployments.map(({ name }) => name)).toEqual(['shop_db', 'shop_api', 'shop_web']);
      expect(wish.networks).toEqual([{ name: 'shop_default', internal: false, labels: {} }]);
      expect(wish.deployments[2]?.spec.networks).toEqual([{ name: 'shop_default', aliases: ['web'] }]);
    });

    it.each([
      ['command: nginx -g "daemon off;"', { args: ['nginx', '-g', 'daemon off;'] }],
      ['entrypoint: [/a, b]', { command: ['/a', 'b'] }],
      ['environment: {A: 1, B: true, C: "x"}', { env: { A: '1', B: 'true', C: 'x' } }],
      ['environment: [A=1, B=x=y]', { env: { A: '1', B: 'x=y' } }],
      [
        'ports: [80, "8080:80", "5000:53/udp"]',
        {
          ports: [
            { target: 80, protocol: 'tcp' },
            { target: 80, published: 8080, protocol: 'tcp' },
            { target: 53, published: 5000, protocol: 'udp' },
          ],
        },
      ],
      [
        'ports: ["8000-8001:80-81"]',
        {
          ports: [
            { target: 80, published: 8000, protocol: 'tcp' },
            { target: 81, published: 8001, protocol: 'tcp' },
          ],
        },
      ],
      ['ports: [{target: 80, published: "8080", mode: ingress, name: web}]', { ports: [{ target: 80, published: 8080, protocol: 'tcp' }] }],
      ['volumes: ["data:/data:ro"]', { volumes: [{ name: 'shop_data', target: '/data', readOnly: true }] }],
      [
        'volumes: [{type: volume, source: data, target: /d, volume: {nocopy: true}}, {type: tmpfs, target: /t, tmpfs: {size: 64m}}]',
        { volumes: [{ name: 'shop_data', target: '/d', noCopy: true }], tmpfs: { '/t': 'size=64m' } },
      ],
      ['networks: {front: {aliases: [www]}}', { networks: [{ name: 'shop_front', aliases: ['web', 'www'] }] }],
      [
        'secrets: [token, {source: token, target: pw, mode: 0400}]',
        {
          secrets: [
            { secret: 'token', file: '/run/secrets/token' },
            { secret: 'token', file: '/run/secrets/pw', mode: '400' },
          ],
        },
      ],
      [
        'healthcheck: {test: curl -f localhost, interval: 5s, retries: 3}',
        { healthcheck: { test: ['CMD-SHELL', 'curl -f localhost'], interval: '5s', retries: 3 } },
      ],
      ['healthcheck: {disable: true}', { healthcheck: { test: ['NONE'] } }],
      ['restart: on-failure:3', { restartPolicy: { condition: 'on-failure', maxAttempts: 3 } }],
      ['restart: "no"', { restartPolicy: { condition: 'none' } }],
      [
        'deploy: {replicas: 4, resources: {limits: {cpus: "0.5", memory: 64M, pids: 10}, reservations: {memory: 32M}}}',
        { replicas: 4, resources: { limits: { cpus: 0.5, memory: '64M', pids: 10 }, reservations: { memory: '32M' } } },
      ],
      ['cpus: 0.5\nmem_limit: 64m\nscale: 2', { replicas: 2, resources: { limits: { cpus: 0.5, memory: '64m' } } }],
      [
        'deploy: {update_config: {parallelism: 0, order: stop-first, failure_action: pause, delay: 10s, monitor: 5s, max_failure_ratio: 0.1}, replicas: 3}',
        { update: { parallelism: 3, order: 'stop-first', failureAction: 'pause', delay: '10s', monitor: '5s', maxFailureRatio: 0.1 } },
      ],
      [
        'deploy: {placement: {constraints: [node.labels.zone == a, node.platform.arch==x86_64], preferences: [{spread: node.labels.zone}], max_replicas_per_node: 1}}',
        { placement: { constraints: ['host.labels.zone == a', 'host.arch==amd64'], spread: ['host.labels.zone'], maxReplicasPerHost: 1 } },
      ],
      [
        'ulimits: {nofile: 100, nproc: {soft: 1, hard: 2}}',
        {
          ulimits: [
            { name: 'nofile', soft: 100, hard: 100 },
            { name: 'nproc', soft: 1, hard: 2 },
          ],
        },
      ],
      ['extra_hosts: {db: 1.1.1.1}', { extraHosts: ['db:1.1.1.1'] }],
      ['security_opt: ["no-new-privileges:true"]', { noNewPrivileges: true }],
      ['read_only: true\ninit: true\nuser: "1000"', { readOnly: true, init: true, user: '1000' }],
      ['expose: [80]\nx-note: {a: b}', {}],
    ])('%s', (yaml, expected) => {
      expect(web(yaml)).toMatchObject(expected);
    });

    it('takes variables of env files, later ones before earlier ones and its own before all', () => {
      const files = { 'a.env': { A: 'a', B: 'a', C: 'a' }, 'b.env': { B: 'b', C: 'b' } };
      expect(
        web('env_file: [a.env, {path: b.env, required: false}]\nenvironment: [C=own, FROM_SHELL, NOWHERE]', { FROM_SHELL: 's' }, files).env,
      ).toEqual({ A: 'a', B: 'b', C: 'own', FROM_SHELL: 's' });
      const document = composeNormalize(parse('services: {a: {env_file: x.env}, b: {env_file: [{path: y.env, required: false}]}}'));
      expect([...composeEnvFiles(document)]).toEqual([
        ['x.env', true],
        ['y.env', false],
      ]);
    });

    it('puts variables into every value, in all the forms there are', () => {
      const variables = { SET: 'v', EMPTY: '' };
      const forms: [string, string][] = [
        ['$SET-x', 'v-x'],
        ['${SET}', 'v'],
        ['${EMPTY-d}|${EMPTY:-d}|${NONE-d}', '|d|d'],
        ['${SET+i}|${EMPTY+i}|${EMPTY:+i}|${NONE+i}', 'i|i||'],
        ['${NONE:-${SET}-${NONE:-deep}}', 'v-deep'],
        ['$$SET $${SET}', '$SET ${SET}'],
        ['${constructor:-none}', 'none'],
      ];
      for (const [text, expected] of forms) expect(textInterpolate(text, variables, 'x'), text).toBe(expected);
      expect(web('deploy: {replicas: "${N:-2}"}').replicas).toBe(2);
    });

    it('reads env files as Compose does', () => {
      const text = '# c\nA=1\nexport B="x\\n$A"\n\nC=\'$A\'\nD=v # note\nE=\nF\n';
      expect(envFileRead(text, 'f', { F: 'shell' })).toEqual({ A: '1', B: 'x\n1', C: '$A', D: 'v', E: '', F: 'shell' });
    });

    it('splits commands as a shell would', () => {
      expect(commandWords(`a "b c" 'd "e"' f\\ g ""`)).toEqual(['a', 'b c', 'd "e"', 'f g', '']);
      expect(commandWords('a "b')).toBeNull();
    });

    it('takes networks and volumes that are there already by their own names', () => {
      const wish = compose(
        'services: {web: {image: x, networks: [old], volumes: ["v:/v"]}}\nnetworks: {old: {external: true}}\nvolumes: {v: {external: true, name: theirs}}',
      );
      expect(wish).toMatchObject({ networks: [], volumes: [] });
      expect(wish.deployments[0]?.spec).toMatchObject({
        networks: [{ name: 'old', aliases: ['web'] }],
        volumes: [{ name: 'theirs', target: '/v' }],
      });
    });
  });

  describe('error', () => {
    it.each([
      ['build: .', 'services.web.build is not allowed'],
      ['container_name: x', 'services.web.container_name'],
      ['configs: [x]', 'services.web.configs'],
      ['profiles: [x]', 'services.web.profiles'],
      ['logging: {driver: syslog}', 'services.web.logging'],
      ['deploy: {mode: global}', 'services.web.deploy.mode'],
      ['deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}', 'services.web.deploy.resources.reservations.devices'],
      ['ports: ["127.0.0.1:80:80"]', 'services.web.ports[0].host_ip'],
      ['ports: ["80-81:80"]', 'services.web.ports[0]'],
      ['ports: ["x:y"]', 'services.web.ports[0]'],
      ['volumes: ["nowhere:/x"]', 'not among the volumes of the file'],
      ['volumes: ["/x"]', 'anonymous'],
      ['networks: [nowhere]', 'not among the networks of the file'],
      ['secrets: [nowhere]', 'not among the secrets of the file'],
      ['depends_on: [nowhere]', 'not in the file'],
      ['depends_on: [web]', 'comes back to the service itself'],
      ['restart: sometimes', 'services.web.restart'],
      ['deploy: {replicas: many}', 'services.web.deploy.replicas must be a number'],
      ['command: a "b', 'services.web.command'],
      ['frobnicate: 1', 'services.web.frobnicate is not allowed: Berth does not know this field here'],
    ])('%s is refused by its name', (yaml, words) => {
      expect(refusal(() => web(yaml))).toContain(words);
    });

    it.each([
      ['services: {}', 'services is missing'],
      ['services: [a]', 'services must be an object'],
      ['services: {web: {}}', 'services.web.image is missing'],
      ['services: {web: {image: x}}\nsecrets: {a: {file: ./a}}', 'secrets.a'],
      ['services: {web: {image: x}}\nconfigs: {a: {file: ./a}}', 'configs is not allowed'],
      ['services: {web: {image: x}}\nnetworks: {a: {ipam: {config: [{subnet: 10.0.0.0/8}]}}}', 'networks.a.ipam'],
      ['services: {"A b": {image: x}}', 'no name for a service'],
      ['services: {web: {image: "${TAG:?say which}"}}', 'services.web.image: the variable TAG is not set: say which'],
      ['services: {web: {image: "${TAG"}}', 'services.web.image has a ${ without its }'],
      ['- a', 'must be a map'],
    ])('%s', (yaml, words) => {
      expect(refusal(() => compose(yaml))).toContain(words);
    });

    it('an env file that is none is refused by its line', () => {
      expect(refusal(() => envFileRead('A=1\n= 2', 'f.env', {}))).toContain('f.env, line 2');
      expect(refusal(() => envFileRead('A="x', 'f.env', {}))).toContain('f.env, line 1');
    });
  });

  describe('security', () => {
    it.each([
      ['volumes: ["/etc:/x"]', 'path of a host'],
      ['volumes: ["./x:/x"]', 'path of a host'],
      ['volumes: ["~/x:/x"]', 'path of a host'],
      ['volumes: ["..:/x"]', 'path of a host'],
      ['volumes: [{type: bind, source: /, target: /x}]', 'path of a host'],
      ['privileged: true', 'privileged'],
      ['devices: [/dev/kvm]', 'devices'],
      ['network_mode: host', 'network_mode'],
      ['network_mode: "container:victim"', 'network_mode'],
      ['pid: host', 'pid'],
      ['ipc: host', 'ipc'],
      ['userns_mode: host', 'userns_mode'],
      ['cgroup_parent: /', 'cgroup_parent'],
      ['runtime: x', 'runtime'],
      ['security_opt: [seccomp=unconfined]', 'security_opt'],
      ['cap_add: [SYS_ADMIN]', 'capAdd'],
      ['volumes: [{type: volume, source: data, target: /x, bind: {propagation: shared}}]', 'bind'],
    ])('%s gets nowhere', (yaml, words) => {
      expect(refusal(() => web(yaml))).toContain(words);
    });

    it('options of volume drivers, which can name paths of a host, are refused', () => {
      expect(
        refusal(() => compose('services: {web: {image: x}}\nvolumes: {v: {driver_opts: {type: none, o: bind, device: /}}}')),
      ).toContain('volumes.v.driver_opts');
    });

    it('a file that is nested without end, or into itself, ends in words', () => {
      const deep = '['.repeat(100) + ']'.repeat(100);
      expect(refusal(() => compose(`services: {web: {image: x, x: ${deep}}}`))).toContain('nested too deeply');
      expect(refusal(() => textInterpolate(`${'${A:-'.repeat(50)}x${'}'.repeat(50)}`, {}, 'x'))).toContain('too many variables');
    });
  });

  it('has a reason for every key that is refused', () => {
    for (const { path, verdict, why } of composeRows) expect(why, `${path} ${verdict}`).not.toMatch(/^$|\.$/);
  });
});
