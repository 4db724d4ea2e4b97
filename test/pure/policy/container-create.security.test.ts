import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerCreateRows, tableMarkdown } from '../../../src/policy/container-create.table.ts';
import { type ContainerPlacement, containerCreateWrite } from '../../../src/policy/container-create.write.ts';
import type { JsonObject, JsonValue } from '../../../src/policy/json.ts';
import { hostileFields, malformedFields } from './container-create.hostile.ts';
import { bodyAt, cliBodies, failure, readBody, readHost, readText } from './requests.ts';

/** `HostConfig.Mounts[].Type` also stands in messages as `HostConfig.Mounts[0].Type`. */
const beginning = (path: string) => path.split('.').slice(0, 2).join('.').replace('[]', '[0]');

describe('a create request that asks for too much', () => {
  it.each(hostileFields)('is refused by name: %s = %j', (path, value) => {
    const error = failure(() => readBody(bodyAt(path, value)));
    expect(error?.code).toBe('refused');
    expect(error?.message).toContain(beginning(path));
  });

  it.each(malformedFields)('is malformed: %s = %j', (path, value) => {
    expect(failure(() => readBody(bodyAt(path, value)))?.code).toBe('malformed');
  });

  it('is refused in every spelling of its keys', () => {
    const spelled = fc
      .constantFrom(...hostileFields)
      .chain(([path, value]) => respelled(path).map((spelling): [string, JsonValue] => [spelling, value]));
    fc.assert(
      fc.property(spelled, ([path, value]) => {
        expect(failure(() => readBody(bodyAt(path, value)))?.code).toBe('refused');
      }),
      { numRuns: 4000 },
    );
  });

  it('is refused beside a whole ordinary request', () => {
    for (const [path, value] of hostileFields) {
      const ordinary = { ...cliBodies.everyOption, NetworkingConfig: {} };
      const merged = merge(ordinary, bodyAt(path, value));
      // Beside other fields it can also be a conflict, told first.
      expect(['refused', 'malformed'], path).toContain(failure(() => readBody(merged))?.code);
    }
  });

  it('cannot hide a field behind a second spelling of it', () => {
    for (const text of [
      '{"Image":"a","HostConfig":{"Privileged":true},"HostConfig":{"PidMode":""}}',
      '{"Image":"a","HostConfig":{},"hostconfig":{"Privileged":true}}',
      '{"Image":"a","HostConfig":{},"Ho\\u017ftConfig":{"Privileged":true}}',
      '{"Image":"a","HostConfig":{"Binds":null,"Bind\\u017f":["/:/x"]}}',
      '{"Image":"a","HostConfig":{"NetworkMode":"none","Networ\\u212aMode":"host"}}',
      '{"Image":"a","Tomorrow":null,"TOMORROW":null}',
    ]) {
      expect(failure(() => readText(text))?.code).toBe('malformed');
    }
    expect(failure(() => readText('{"Image":"a","HostConfig":{"Networ\\u212aMode":"host"}}'))?.code).toBe('refused');
  });

  it('sets no label or variable that is ours, in whatever spelling', () => {
    const spec = readBody({
      Labels: { 'io.berth.tenant': 'x', 'IO.Berth.Tenant': 'x', 'io.berth.\u017f': 'x', 'io.berthing': 'y', __proto__x: 'z' },
      Env: ['io.berth.tenant=x', 'IO.BERTH.X=1', 'IO=1'],
    });
    expect(spec.labels).toEqual({ 'io.berthing': 'y', __proto__x: 'z' });
    expect(spec.env).toEqual(['IO=1']);
  });

  it('learns nothing dangerous back: a message repeats no control character and no long text', () => {
    const error = failure(() => readBody({ [`\u001b[31m\n${'x'.repeat(9999)}`]: 1 }));
    expect(error?.code).toBe('refused');
    expect(error?.message).not.toMatch(/[^\x20-\x7e…]/);
    expect(error?.message.length).toBeLessThan(300);
  });
});

describe('the table of fields', () => {
  const empties: JsonValue[] = [null, '', 0, false, [], {}];

  it('is what the reader does: a refused field with any content is refused with the reason of its row', () => {
    for (const row of containerCreateRows.filter(({ verdict, path }) => verdict === 'refused' && !path.includes('[]'))) {
      for (const value of ['x', 1, true, ['x'], { x: 1 }]) {
        const error = failure(() => readBody(bodyAt(row.path, value)));
        expect(error, row.path).toMatchObject({ code: 'refused', message: expect.stringContaining(row.why) });
        expect(error?.message).toContain(row.path.replace('.*.', '.web.'));
      }
    }
  });

  it('lets the zeros pass that a client sends for every field it knows', () => {
    for (const row of containerCreateRows.filter(({ verdict, path }) => verdict === 'refused' && !path.includes('[]'))) {
      for (const value of row.nullOnly ? [null] : empties)
        expect(
          failure(() => readBody(bodyAt(row.path, value))),
          row.path,
        ).toBeNull();
    }
    for (const value of empties) expect(failure(() => readBody({ Tomorrow: value, HostConfig: { Tomorrow: value } }))).toBeNull();
  });

  it('has no row that the reader does not read: a value of a wrong type is told by its path', () => {
    const plain = containerCreateRows.filter(({ verdict, path }) => (verdict === 'served' || verdict === 'capped') && !path.includes('[]'));
    for (const { path } of plain) {
      // No field takes a number with a fraction, or a list of such.
      const error = failure(() => readBody(bodyAt(path, 1.5)));
      expect(error, path).toMatchObject({ code: 'malformed', message: expect.stringContaining(path.replace('.*', '.web')) });
    }
  });

  it('is written out for the documentation', () => {
    expect(tableMarkdown()).toContain('| `HostConfig.Privileged` | refused | a privileged container owns its host |');
    expect(tableMarkdown().trim().split('\n')).toHaveLength(containerCreateRows.length + 2);
  });
});

describe('what is written for an engine', () => {
  it('never holds a power that the policy refuses, whatever was asked', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const error = failure(() => readBody(request));
        if (error !== null) {
          expect(['refused', 'malformed']).toContain(error.code);
          return;
        }
        const spec = readBody(request);
        const everything: ContainerPlacement = {
          imageId: 'sha256:1',
          labels: { 'io.berth.tenant': 't1' },
          volumeNames: new Map(['data', 'more'].map((name) => [name, `engine-${name}`])),
          networkMode: spec.network.mode === 'none' ? 'none' : 'engine-network',
          endpoints:
            spec.network.mode === 'networks'
              ? spec.network.endpoints.map((endpoint) => ({ ...endpoint, engineNetwork: `engine-${endpoint.network}` }))
              : [],
          ports: [],
          containerIds: new Map(['db', 'web'].map((name) => [name, `engine-id-of-${name}`])),
          runtime: null,
          apiVersion: '1.45',
        };
        expectHarmless(JSON.parse(JSON.stringify(containerCreateWrite(spec, everything).body)));
      }),
      { numRuns: 3000 },
    );
  });

  it('forces what is the platform’s', () => {
    const { body } = containerCreateWrite(
      readHost({ LogConfig: { Type: 'local', Config: { 'max-size': '9g' } }, AutoRemove: true, MemorySwap: -1 }),
      {
        imageId: 'sha256:1',
        labels: {},
        volumeNames: new Map(),
        networkMode: 'n',
        endpoints: [],
        ports: [],
        containerIds: new Map(),
        runtime: 'runsc',
        apiVersion: '1.41',
      },
    );
    expect(body.HostConfig).toMatchObject({
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
      AutoRemove: false,
      CgroupParent: '',
      Runtime: 'runsc',
      MemorySwap: 512 * 1024 * 1024,
      Privileged: false,
      IpcMode: 'private',
    });
  });
});

/** Requests made of pieces that are good, hostile and malformed. */
const goodHostFields: readonly [string, JsonValue][] = [
  ['Binds', ['data:/d', 'more:/m:ro', '/anon']],
  [
    'Mounts',
    [
      { Type: 'volume', Source: 'data', Target: '/x' },
      { Type: 'tmpfs', Target: '/t' },
    ],
  ],
  ['VolumesFrom', ['db:ro']],
  ['NetworkMode', 'app'],
  ['NetworkMode', 'none'],
  ['PidMode', 'container:db'],
  ['IpcMode', 'container:web'],
  ['CapAdd', ['net_raw']],
  ['CapDrop', ['ALL']],
  ['SecurityOpt', ['no-new-privileges']],
  ['Memory', 64_000_000],
  ['CgroupnsMode', 'private'],
  ['Sysctls', { 'net.core.somaxconn': '1024' }],
  ['Tmpfs', { '/run': 'size=1m,mode=1777' }],
  ['Links', ['db:x']],
  ['ExtraHosts', ['a:1.2.3.4', 'b:127.0.0.1']],
];
const pieces = [
  ...goodHostFields.map(([name, value]): [string, JsonValue] => [`HostConfig.${name}`, value]),
  ...hostileFields,
  ...malformedFields,
];
const requests = fc
  .array(
    fc.oneof(
      {
        weight: 9,
        arbitrary: fc.constantFrom(...goodHostFields).map(([name, value]): [string, JsonValue] => [`HostConfig.${name}`, value]),
      },
      { weight: 1, arbitrary: fc.constantFrom(...pieces) },
    ),
    { maxLength: 5 },
  )
  .map((chosen) => chosen.reduce<JsonObject>((body, [path, value]) => merge(body, bodyAt(path, value)), {}));

function expectHarmless(body: {
  HostConfig: Record<string, unknown>;
  Labels: object;
  NetworkingConfig: { EndpointsConfig: object };
}): void {
  const host = body.HostConfig;
  const served =
    'AutoRemove CapAdd CapDrop CgroupParent CgroupnsMode ConsoleSize CpuShares Dns DnsOptions DnsSearch ExtraHosts GroupAdd Init IpcMode LogConfig Memory MemoryReservation MemorySwap Mounts NanoCpus NetworkMode OomScoreAdj PidMode PidsLimit PortBindings Privileged ReadonlyRootfs RestartPolicy SecurityOpt ShmSize Sysctls Tmpfs Ulimits VolumesFrom';
  expect(Object.keys(host).filter((name) => !served.split(' ').includes(name))).toEqual([]);
  expect(host.Privileged).toBe(false);
  expect(host.CgroupParent).toBe('');
  expect(host.CgroupnsMode).toBe('private');
  expect(host.PortBindings).toEqual({});
  expect(host.MemorySwap).toBe(host.Memory);
  for (const name of ['PidMode', 'IpcMode', 'NetworkMode'])
    expect(String(host[name])).toMatch(/^(|none|private|engine-network|container:engine-id-of-\w+)$/);
  for (const capability of host.CapAdd as string[]) expect(capability).toMatch(/^CAP_(NET_RAW|CHOWN)$/);
  expect(['[]', '["no-new-privileges"]']).toContain(JSON.stringify(host.SecurityOpt));
  for (const mount of host.Mounts as { Type: string; Source?: string; Target: string }[]) {
    expect(['volume', 'tmpfs']).toContain(mount.Type);
    expect(mount.Source ?? 'engine-').toMatch(/^engine-/);
    expect(mount.Target).toMatch(/^\/[^:]+$/);
  }
  for (const source of host.VolumesFrom as string[]) expect(source).toMatch(/^engine-id-of-\w+:r[ow]$/);
  for (const name of Object.keys(body.NetworkingConfig.EndpointsConfig)) expect(name).toMatch(/^engine-/);
  expect(body.Labels).toHaveProperty(['io.berth.tenant'], 't1');
}

/** The same path as another client could write it: any case, long s, Kelvin sign. */
function respelled(path: string): fc.Arbitrary<string> {
  const variants = [...path].map((letter) => {
    const folds = { s: ['s', 'S', 'ſ'], k: ['k', 'K', '\u212a'] }[letter.toLowerCase()];
    return fc.constantFrom(...(folds ?? [letter.toLowerCase(), letter.toUpperCase()]));
  });
  return fc.tuple(...variants).map((letters) => letters.join(''));
}

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
