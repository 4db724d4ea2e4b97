import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/policy/json.ts';
import { hostileFields, malformedFields } from '../pure/policy/container-create.hostile.ts';
import { bodyAt } from '../pure/policy/requests.ts';

type Piece = [path: string, value: JsonValue];

const word = fc.stringMatching(/^[a-z][a-z0-9]{1,8}$/);
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => !value.includes('\0'));
const folder = word.map((name) => `/x/${name}`);

/** Fields that are served, with values over the whole of what is served. */
const good = fc.oneof(
  fc.tuple(fc.constant('Hostname'), word),
  fc.tuple(fc.constant('User'), fc.constantFrom('', '0', '1000:1000', 'root')),
  fc.tuple(fc.constant('WorkingDir'), fc.constantFrom('/', '/tmp', '/x//y/./z', '/sys')),
  fc.tuple(fc.constantFrom('Tty', 'OpenStdin', 'StdinOnce', 'AttachStdin', 'AttachStdout', 'NetworkDisabled'), fc.boolean()),
  fc.tuple(fc.constantFrom('Cmd', 'Entrypoint'), fc.oneof(fc.array(text, { minLength: 1, maxLength: 4 }), text)),
  fc.tuple(
    fc.constant('Env'),
    fc.array(
      fc.tuple(word, text).map(([name, value]) => `${name}=${value}`),
      { maxLength: 4 },
    ),
  ),
  fc.tuple(fc.constant('Labels'), fc.dictionary(text, text, { maxKeys: 4 })),
  fc.tuple(fc.constant('ExposedPorts'), fc.constantFrom({}, { '80/tcp': {} }, { '53/UDP': {}, '80': {} })),
  fc.tuple(fc.constant('StopSignal'), fc.constantFrom('', 'TERM', 'SIGINT', '9')),
  fc.tuple(fc.constant('StopTimeout'), fc.nat(3600)),
  fc.tuple(
    fc.constant('Volumes'),
    folder.map((path) => ({ [path]: {} })),
  ),
  fc.tuple(
    fc.constant('Healthcheck'),
    fc.record({
      Test: fc.constantFrom(['CMD', 'true'], ['NONE'], ['CMD-SHELL', 'exit 0']),
      Interval: fc.constantFrom(0, 5e8, 1e9),
      Retries: fc.nat(10),
    }),
  ),
  fc.tuple(
    fc.constant('HostConfig.Binds'),
    folder.chain((path) => fc.constantFrom([`data:${path}`], [`more:${path}:ro`], [`data:${path}:nocopy`], [path])),
  ),
  fc.tuple(
    fc.constant('HostConfig.Mounts'),
    folder.chain((path) =>
      fc.constantFrom<JsonValue>(
        [{ Type: 'volume', Source: 'data', Target: path }],
        [{ Type: 'volume', Target: path, ReadOnly: true }],
        [{ Type: 'tmpfs', Target: path, TmpfsOptions: { SizeBytes: 65_536, Mode: 0o700 } }],
        [{ Type: 'tmpfs', Target: path }],
      ),
    ),
  ),
  fc.tuple(
    fc.constant('HostConfig.Tmpfs'),
    folder.chain((path) => fc.constantFrom({ [path]: '' }, { [path]: 'size=1m,mode=1777' }, { [path]: 'noexec,rw' })),
  ),
  fc.tuple(fc.constant('HostConfig.VolumesFrom'), fc.constantFrom(['db'], ['db:ro'], ['web:rw'])),
  fc.tuple(fc.constant('HostConfig.NetworkMode'), fc.constantFrom('', 'default', 'bridge', 'lan', 'none', 'container:db')),
  fc.tuple(fc.constant('HostConfig.PidMode'), fc.constantFrom('', 'container:db')),
  fc.tuple(fc.constant('HostConfig.IpcMode'), fc.constantFrom('', 'none', 'private', 'shareable', 'container:web')),
  fc.tuple(fc.constantFrom('HostConfig.CgroupnsMode', 'HostConfig.UTSMode', 'HostConfig.UsernsMode'), fc.constant('')),
  fc.tuple(fc.constant('HostConfig.CapAdd'), fc.subarray(['net_raw', 'CAP_CHOWN', 'Kill'])),
  fc.tuple(fc.constant('HostConfig.CapDrop'), fc.subarray(['ALL', 'mknod', 'CAP_SETUID'])),
  fc.tuple(fc.constant('HostConfig.SecurityOpt'), fc.constantFrom([], ['no-new-privileges'], ['no-new-privileges:true'])),
  fc.tuple(fc.constantFrom('HostConfig.ReadonlyRootfs', 'HostConfig.Init'), fc.boolean()),
  fc.tuple(fc.constant('HostConfig.Memory'), fc.integer({ min: 0, max: 2 ** 33 })),
  fc.tuple(fc.constant('HostConfig.NanoCpus'), fc.constantFrom(0, 5e8, 1e9)),
  fc.tuple(fc.constant('HostConfig.CpuShares'), fc.constantFrom(0, 2, 1024)),
  fc.tuple(fc.constant('HostConfig.PidsLimit'), fc.constantFrom(0, -1, 10)),
  fc.tuple(fc.constant('HostConfig.ShmSize'), fc.constantFrom(0, 1_048_576)),
  fc.tuple(fc.constant('HostConfig.OomScoreAdj'), fc.nat(1000)),
  fc.tuple(
    fc.constant('HostConfig.RestartPolicy'),
    fc.constantFrom({ Name: '' }, { Name: 'always' }, { Name: 'on-failure', MaximumRetryCount: 3 }, { Name: 'unless-stopped' }),
  ),
  fc.tuple(
    fc.constant('HostConfig.Ulimits'),
    fc.constantFrom([{ Name: 'nofile', Soft: 100, Hard: 200 }], [{ Name: 'core', Soft: 0, Hard: 0 }]),
  ),
  fc.tuple(fc.constant('HostConfig.Sysctls'), fc.constantFrom({}, { 'net.core.somaxconn': '1024' })),
  fc.tuple(fc.constant('HostConfig.ExtraHosts'), fc.constantFrom([], ['a:1.2.3.4', 'b:127.0.0.1'], ['c:2606:4700::1'])),
  fc.tuple(fc.constant('HostConfig.Dns'), fc.constantFrom([], ['8.8.8.8'])),
  fc.tuple(fc.constantFrom('HostConfig.DnsSearch'), fc.constantFrom([], ['example.com'])),
  fc.tuple(fc.constant('HostConfig.GroupAdd'), fc.constantFrom([], ['1000', 'users'])),
  fc.tuple(fc.constant('HostConfig.LogConfig'), fc.constantFrom({ Type: 'local', Config: { 'max-size': '9g' } }, { Type: '', Config: {} })),
  fc.tuple(fc.constantFrom('HostConfig.AutoRemove', 'HostConfig.PublishAllPorts'), fc.boolean()),
  fc.tuple(fc.constant('NetworkingConfig.EndpointsConfig'), fc.constantFrom({}, { lan: { Aliases: ['w'] } })),
) as fc.Arbitrary<Piece>;

/** The keys as another client may write them: Go folds case, the long s and the Kelvin sign. */
function respelled(path: string): fc.Arbitrary<string> {
  const letters = [...path].map((letter) =>
    fc.constantFrom(
      ...({ s: ['s', 'S', 'ſ'], k: ['k', 'K', '\u212a'] }[letter.toLowerCase()] ?? [letter, letter.toLowerCase(), letter.toUpperCase()]),
    ),
  );
  return fc.tuple(...letters).map((all) => all.join(''));
}

const bad = fc.constantFrom<Piece>(...hostileFields, ...malformedFields);
const spelled = (piece: fc.Arbitrary<Piece>) =>
  piece.chain(([path, value]) =>
    fc
      .oneof({ weight: 3, arbitrary: fc.constant(path) }, { weight: 1, arbitrary: respelled(path) })
      .map((spelling): Piece => [spelling, value]),
  );

/** Bodies of create as text: ordinary ones, ones with a hostile piece, and ones whose bytes were changed afterwards. */
export const createBodies: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(spelled(good), { maxLength: 8 }),
    fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.tuple(spelled(bad)) }),
    fc.oneof(
      { weight: 9, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.tuple(fc.nat(), fc.constantFrom('', '"', '{', '}', ',', '0', 'true', '\\u0053')) },
    ),
  )
  .map(([pieces, hostile, damage]) => {
    const body = [...pieces, ...hostile].reduce<JsonObject>((all, [path, value]) => merge(all, bodyAt(path, value)), { Image: 'busybox' });
    const written = JSON.stringify(body);
    if (damage === null) return written;
    const at = damage[0] % written.length;
    return written.slice(0, at) + damage[1] + written.slice(at + 1);
  });

function merge(body: JsonObject, more: JsonObject): JsonObject {
  const merged = Object.entries(more).map(([key, value]): [string, JsonValue] => {
    const old = Object.hasOwn(body, key) ? body[key] : undefined;
    return [key, isObject(old) && isObject(value) ? merge(old, value) : value];
  });
  return Object.fromEntries([...Object.entries(body), ...merged]);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
