import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerCreateRows } from '../../../src/policy/container-create.table.ts';
import { fieldNames } from '../../../src/policy/field-table.ts';
import { filtersRead } from '../../../src/policy/filters.ts';
import { pathRead } from '../../../src/policy/path.ts';
import { queryRead } from '../../../src/policy/query.ts';
import { failure } from './requests.ts';

describe('pathRead', () => {
  it('splits version, segments and query', () => {
    expect(pathRead('/v1.41/containers/json?all=1')).toEqual({ version: '1.41', segments: ['containers', 'json'], search: 'all=1' });
    expect(pathRead('/_ping')).toEqual({ version: null, segments: ['_ping'], search: '' });
    expect(pathRead('/')).toEqual({ version: null, segments: [], search: '' });
    expect(pathRead('/v1.47/images/localhost:5000/a/b:1/json?')).toMatchObject({
      segments: ['images', 'localhost:5000', 'a', 'b:1', 'json'],
    });
    expect(pathRead('/version').version).toBeNull();
  });

  it('decodes each segment once', () => {
    expect(pathRead('/%63ontainers/create').segments).toEqual(['containers', 'create']);
    expect(pathRead('/containers/a%20b%252f/json').segments).toEqual(['containers', 'a b%2f', 'json']);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        fc.pre(name.isWellFormed() && !/[/\\\p{Cc}]/u.test(name) && name !== '.' && name !== '..');
        expect(pathRead(`/v1.41/containers/${encodeURIComponent(name)}/json`).segments[1]).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(
    [
      '/v1.41.0/containers/json',
      '/v1/containers/json',
      '/v1.41x/a',
      '/v01.41/a',
      '/v1./a',
      '/v1.41',
      '/%761.41.0/a',
      '/containers%2fcreate',
      '/containers%2Fcreate',
      '/containers%5ccreate',
      '/containers\\create',
      '//containers/json',
      '/containers//json',
      '/containers/json/',
      '/containers/../images',
      '/containers/./json',
      '/containers/%2e%2e/json',
      '/containers/%2E/json',
      '/./containers',
      '/a%00b',
      '/a%0d%0ab',
      '/a%',
      '/a%zz',
      '/a%ff',
      '/a%c0%af',
      '/a#b',
      '/a?b#c',
      '/a b',
      '/ä',
      '/a\u0000',
      'containers/json',
      'http://host/containers/json',
      '*',
      '',
      '/a?\u0001',
    ].filter((path) => path !== '/v1.41'),
  )('refuses %j', (path) => {
    expect(failure(() => pathRead(path))?.code).toBe('malformed');
  });
});

describe('queryRead', () => {
  it('reads words, numbers and flags as Docker does', () => {
    const query = queryRead('?all=1&limit=-1&name=a%20b+c&size=False&force&empty=');
    expect([query.flag('all'), query.flag('size'), query.flag('force'), query.flag('absent'), query.flag('gone', true)]).toEqual([
      true,
      false,
      false,
      false,
      true,
    ]);
    expect([query.int('limit'), query.int('empty'), query.int('absent')]).toEqual([-1, null, null]);
    expect([query.get('name'), query.get('absent')]).toEqual(['a b c', null]);
    query.rest();
  });

  it.each(['1', 'true', 'True', 'yes', 'x', ' TRUE '])('takes %j for true', (value) => {
    expect(queryRead(`a=${encodeURIComponent(value)}`).flag('a')).toBe(true);
  });

  it.each(['', '0', 'no', 'false', 'none', ' False ', 'NONE'])('takes %j for false', (value) => {
    expect(queryRead(`a=${encodeURIComponent(value)}`).flag('a', true)).toBe(false);
  });

  it('lets repeat what the route lets repeat', () => {
    expect(queryRead('names=a&names=b', ['names']).list('names')).toEqual(['a', 'b']);
    expect(queryRead('').list('names')).toEqual([]);
  });

  it('drops the fields of a body that dockerode repeats in the query, and nothing else', () => {
    const names = fieldNames(containerCreateRows);
    const query = queryRead('name=web&Image=busybox&Cmd=a&Cmd=b&HostConfig=%7B%22Privileged%22%3Atrue%7D', [], names);
    expect([query.get('name'), query.get('HostConfig')]).toEqual(['web', null]);
    query.rest();
    expect(failure(() => queryRead('Tomorrow=1', [], names).rest())?.code).toBe('refused');
  });

  it('reads back what URLSearchParams wrote', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme' })), (values) => {
        fc.pre(Object.entries(values).every((pair) => pair.every((part) => part.isWellFormed() && !part.includes('\0'))));
        const query = queryRead(new URLSearchParams(values).toString());
        for (const [name, value] of Object.entries(values)) expect(query.get(name)).toBe(value);
        query.rest();
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['filters=a&filters=b', 'a=1&%61=2', 'a=%', 'a=%zz', 'a=%ff', 'a=%00', 'a=1;b=2', '%00=1'])('refuses %j', (search) => {
    expect(failure(() => queryRead(search))?.code).toBe('malformed');
  });

  it('refuses numbers that are none', () => {
    for (const value of ['1.5', 'x', '1e3', '99999999999999999999', '0x10', ' 1']) {
      expect(failure(() => queryRead(`t=${encodeURIComponent(value)}`).int('t'))?.code).toBe('malformed');
    }
  });

  it('refuses what nobody asked for, unless it is empty', () => {
    const rest = (search: string) => failure(() => queryRead(search).rest());
    expect(rest('checkpoint=x')).toMatchObject({ code: 'refused', message: expect.stringContaining('checkpoint') });
    expect(rest('checkpoint=&x')).toBeNull();
  });
});

describe('filtersRead', () => {
  it('reads both of the shapes that Docker knows', () => {
    const allowed = ['name', 'label'];
    expect(filtersRead('{"name":["a","b","a"],"label":["x=y"]}', allowed)).toEqual(
      new Map([
        ['name', ['a', 'b']],
        ['label', ['x=y']],
      ]),
    );
    expect(filtersRead('{"name":{"a":true,"b":true}}', allowed)).toEqual(new Map([['name', ['a', 'b']]]));
    expect(filtersRead(null, allowed)).toEqual(new Map());
    expect(filtersRead('', allowed)).toEqual(new Map());
    expect(filtersRead('{}', allowed)).toEqual(new Map());
  });

  it('names a filter that is not served as an engine does', () => {
    expect(failure(() => filtersRead('{"x":["a"]}', ['name']))).toEqual({ code: 'malformed', message: "invalid filter 'x'" });
    expect(failure(() => filtersRead('{"Name":["a"]}', ['name']))?.code).toBe('malformed');
    expect(failure(() => filtersRead('{"__proto__":["a"]}', ['name']))?.code).toBe('malformed');
  });

  it.each([
    '[]',
    '1',
    'null',
    '{"name":"a"}',
    '{"name":1}',
    '{"name":[1]}',
    '{"name":{"a":false}}',
    '{"name":{"a":1}}',
    '{"name":["a"],"name":["b"]}',
    '{"name":[["a"]]}',
    'x',
    '{"name":["a"]}{}',
  ])('refuses %s', (json) => {
    expect(failure(() => filtersRead(json, ['name']))?.code).toBe('malformed');
  });
});
