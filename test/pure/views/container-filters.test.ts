import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  containerFilterMatch,
  containerFilterSubject,
  containerListSelect,
  type FilterSubject,
} from '../../../src/docker-api/views/container-filters.ts';
import { container, identityOf } from './fixture.ts';

function subject(change: Partial<FilterSubject> = {}): FilterSubject {
  return {
    id: 'abc'.padEnd(64, '0'),
    name: 'web_1',
    createdAt: '2026-01-01T00:00:00Z',
    labels: { app: 'x', empty: '', url: 'a=b' },
    status: 'running',
    listed: true,
    everStarted: true,
    exitCode: 0,
    health: 'healthy',
    isolation: 'shared',
    images: [`sha256:${'1'.repeat(64)}`, 'busybox:latest', 'acme/web:1'],
    mounts: [{ Name: 'data', Source: '/var/lib/docker/volumes/data/_data', Destination: '/data' }],
    networks: [{ name: 'front', id: 'f'.repeat(64) }],
    ports: [{ privatePort: 80, publicPort: 8080, type: 'tcp' }],
    ...change,
  };
}

const matches = (filters: Record<string, string[]>, change: Partial<FilterSubject> = {}) =>
  containerFilterMatch(new Map(Object.entries(filters)), subject(change));

describe('filters of docker ps', () => {
  it.each([
    ['name', ['web']],
    ['name', ['^/web_1$']],
    ['name', ['^web_1$']],
    ['name', ['nothing', 'eb_']],
    ['name', ['w.b_[0-9]+']],
    ['id', ['abc']],
    ['label', ['app']],
    ['label', ['app=x', 'empty=']],
    ['label', ['url=a=b']],
    ['status', ['exited', 'running']],
    ['health', ['healthy']],
    ['isolation', ['shared']],
    ['is-task', ['false']],
    ['volume', ['data']],
    ['volume', ['/data']],
    ['network', ['front']],
    ['network', ['ffff']],
    ['ancestor', ['busybox']],
    ['ancestor', ['docker.io/library/busybox:latest']],
    ['ancestor', ['acme/web:1']],
    ['ancestor', ['1111']],
    ['ancestor', [`sha256:${'1'.repeat(64)}`]],
    ['expose', ['80']],
    ['expose', ['79-81/tcp']],
    ['publish', ['8080/tcp']],
  ])('%s=%j includes', (name, values) => {
    expect(matches({ [name]: values })).toBe(true);
  });

  it.each([
    ['name', ['^eb']],
    ['name', ['(']],
    ['id', ['bc']],
    ['id', ['']],
    ['label', ['app', 'missing']],
    ['label', ['app=y']],
    ['label', ['constructor']],
    ['status', ['exited']],
    ['health', ['none']],
    ['isolation', ['sandboxed']],
    ['is-task', ['true']],
    ['volume', ['/var/lib/docker/volumes/data/_data']],
    ['network', ['fron']],
    ['ancestor', ['busybox:1']],
    ['ancestor', ['web:1']],
    ['ancestor', ['1112']],
    ['expose', ['80/udp']],
    ['publish', ['80']],
  ])('%s=%j excludes', (name, values) => {
    expect(matches({ [name]: values })).toBe(false);
  });

  it('finds an exit code only on what was started and has ended', () => {
    expect(matches({ exited: ['3'] }, { listed: false, exitCode: 3 })).toBe(true);
    expect(matches({ exited: ['0'] })).toBe(false);
    expect(matches({ exited: ['0'] }, { listed: false, everStarted: false })).toBe(false);
  });

  it.each([
    ['exited', 'x', "invalid filter 'exited=x'"],
    ['status', 'up', "invalid filter 'status=up'"],
    ['health', 'ill', "invalid filter 'health=ill'"],
    ['is-task', 'maybe', "invalid filter 'is-task=[maybe]'"],
    ['publish', '1:2', 'publish 1:2'],
    ['expose', '90-80', 'expose 90-80'],
    ['expose', '65536', 'expose 65536'],
  ])('%s=%s is refused in words', (name, value, words) => {
    expect(() => matches({ [name]: [value] })).toThrow(words);
  });

  it('sees a real container by its tenant’s names', () => {
    const seen = containerFilterSubject(container('web-of-berth'), identityOf('web-of-berth'), ['acme/base:1']);
    const match = (name: string, value: string) => containerFilterMatch(new Map([[name, [value]]]), seen);
    expect([
      match('name', 'web'),
      match('network', 'front'),
      match('volume', 'data'),
      match('ancestor', 'acme/base:1'),
      match('expose', '9000'),
    ]).toEqual(Array(5).fill(true));
    expect([
      match('name', 'berth'),
      match('network', 'berth-net-0b7e2f3c'),
      match('volume', 'berth-vol-5a5a'),
      match('label', 'io.berth.tenant'),
      match('publish', '30080'),
    ]).toEqual(Array(5).fill(false));
  });
});

describe('which containers docker ps lists', () => {
  const made = (name: string, second: string, change: Partial<FilterSubject> = {}) =>
    subject({ name, id: name.charCodeAt(0).toString(16).padEnd(64, '0'), createdAt: `2026-01-01T00:00:${second}Z`, ...change });
  const items = [
    made('a', '01'),
    made('b', '01.5', { status: 'exited', listed: false }),
    made('c', '01.123456789'),
    made('d', '02', { status: 'unknown' }),
  ];
  const names = (options: { all?: boolean; limit?: number; filters?: Record<string, string[]> }) =>
    containerListSelect(items, { all: false, limit: 0, ...options, filters: new Map(Object.entries(options.filters ?? {})) }).map(
      ({ name }) => name,
    );

  it('lists what runs, newest first, to the nanosecond', () => {
    expect(names({})).toEqual(['d', 'c', 'a']);
    expect(names({ all: true })).toEqual(['d', 'b', 'c', 'a']);
  });

  it('counts stopped ones with a limit, after the filters', () => {
    expect(names({ limit: 2 })).toEqual(['d', 'b']);
    expect(names({ limit: 1, filters: { name: ['a'] } })).toEqual(['a']);
    expect(names({ limit: -1 })).toEqual(['d', 'c', 'a']);
  });

  it('asks for every state when a state is asked for', () => {
    expect(names({ filters: { status: ['exited'] } })).toEqual(['b']);
  });

  it('lists before and since a container, by name, id or a part of it', () => {
    expect(names({ all: true, filters: { before: ['b'] } })).toEqual(['c', 'a']);
    expect(names({ all: true, filters: { since: [made('c', '0').id.slice(0, 2)] } })).toEqual(['d', 'b']);
    expect(names({ all: true, filters: { before: ['/d'], since: ['a'] } })).toEqual(['b', 'c']);
  });

  it('refuses an unknown filter and an unknown container', () => {
    expect(() => names({ filters: { colour: ['red'] } })).toThrow("invalid filter 'colour'");
    expect(() => names({ filters: { before: ['zz'] } })).toThrow('no such container zz');
  });

  it('never lists more with one more filter', () => {
    const filter = fc.constantFrom(
      ['name', 'a'],
      ['status', 'exited'],
      ['label', 'app'],
      ['id', '6'],
      ['health', 'healthy'],
      ['expose', '80'],
      ['network', 'front'],
    );
    fc.assert(
      fc.property(fc.array(filter, { maxLength: 3 }), filter, (chosen, [name = '', value = '']) => {
        const some = Object.fromEntries(chosen.map(([key = '', one = '']) => [key, [one]]));
        if (name in some) return;
        const without = names({ all: true, filters: some });
        for (const one of names({ all: true, filters: { ...some, [name]: [value] } })) expect(without).toContain(one);
      }),
    );
  });
});
