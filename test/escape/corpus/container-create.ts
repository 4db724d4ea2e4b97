import { containerCreateRows } from '../../../src/policy/container-create.table.ts';
import { hostileFields, malformedFields } from '../../pure/policy/container-create.hostile.ts';
import { bodyAt } from '../../pure/policy/requests.ts';
import type { HostileRequest } from './request.ts';

const create = { method: 'POST', target: '/containers/create' } as const;

function fieldsAsked(list: typeof hostileFields): HostileRequest[] {
  return list.map(([path, value]) => ({
    name: `create: ${path} = ${JSON.stringify(value)}`,
    ...create,
    json: { Image: '{image}', ...bodyAt(path, value) },
  }));
}

/** The spellings that Go's decoder takes for the same field. */
const spellings: Record<string, (path: string) => string> = {
  lower: (path) => path.toLowerCase(),
  upper: (path) => path.toUpperCase(),
  'long s and Kelvin sign': (path) => path.replace(/s/gi, 'ſ').replace(/k/gi, '\u212a'),
};

/** Every field that the table refuses, in every spelling. */
const respelled: HostileRequest[] = containerCreateRows
  .filter((row) => row.verdict === 'refused' && !row.path.includes('[]'))
  .flatMap(({ path }) =>
    Object.entries(spellings).map(([spelling, spell]) => ({
      name: `create: ${path}, ${spelling}`,
      ...create,
      json: { Image: '{image}', ...bodyAt(spell(path), ['x']) },
    })),
  );

const deep = (depth: number, open: string, close: string) => `{"Image":"{image}","Labels":${open.repeat(depth)}${close.repeat(depth)}}`;

const texts: Record<string, string> = {
  'a key twice, the power first': '{"Image":"{image}","HostConfig":{"Privileged":true},"HostConfig":{"PidMode":""}}',
  'a key twice, the power last': '{"Image":"{image}","HostConfig":{"PidMode":""},"HostConfig":{"Privileged":true}}',
  'a key in two cases': '{"Image":"{image}","HostConfig":{},"hostconfig":{"Privileged":true}}',
  'a key with a long s beside the plain one': '{"Image":"{image}","HostConfig":{},"Ho\\u017ftConfig":{"Privileged":true}}',
  'a key with a Kelvin sign beside the plain one': '{"Image":"{image}","HostConfig":{"NetworkMode":"none","Networ\\u212aMode":"host"}}',
  'a key written in escapes': '{"Image":"{image}","HostConfig":{"\\u0050rivileged":true}}',
  'a key twice, once in escapes': '{"Image":"{image}","HostConfig":{"Privileged":false,"\\u0050rivileged":true}}',
  'a second document': '{"Image":"{image}"}{"Image":"{image}","HostConfig":{"Privileged":true}}',
  'a second document on the next line': '{"Image":"{image}"}\n{"HostConfig":{"Privileged":true}}',
  'garbage behind the document': '{"Image":"{image}"}x',
  'a byte order mark': '\ufeff{"Image":"{image}"}',
  'single quotes': "{'Image':'{image}'}",
  'a comment': '{"Image":"{image}",/* */"HostConfig":{"Privileged":true}}',
  'a trailing comma': '{"Image":"{image}",}',
  NaN: '{"Image":"{image}","HostConfig":{"Memory":NaN}}',
  'a hex number': '{"Image":"{image}","HostConfig":{"Memory":0x10000000}}',
  'a number beyond 2^53': '{"Image":"{image}","HostConfig":{"Memory":9223372036854775807}}',
  'a number that overflows to negative': '{"Image":"{image}","HostConfig":{"Memory":18446744073709551615}}',
  'an infinite number': '{"Image":"{image}","HostConfig":{"Memory":1e999}}',
  'a lone surrogate in a key': '{"Image":"{image}","\\ud800":1}',
  'a raw control character': '{"Image":"{image}","Cmd":["\u0001"]}',
  'a NUL in a name': '{"Image":"{image}\\u0000x"}',
  'a NUL in a command': '{"Image":"{image}","Cmd":["a\\u0000b"]}',
  'a NUL in a bind': '{"Image":"{image}","HostConfig":{"Binds":["data\\u0000:/x"]}}',
  'an object as the body of a list': '[{"Image":"{image}"}]',
  'a string as the body': '"{image}"',
  'null as the body': 'null',
  'true as the body': 'true',
  'an empty body': '',
  'white space as the body': '   ',
  'HostConfig as a list': '{"Image":"{image}","HostConfig":[{"Privileged":true}]}',
  'HostConfig as a string': '{"Image":"{image}","HostConfig":"{\\"Privileged\\":true}"}',
  'Binds as a string': '{"Image":"{image}","HostConfig":{"Binds":"/:/x"}}',
  'Binds as an object': '{"Image":"{image}","HostConfig":{"Binds":{"0":"/:/x"}}}',
  'Binds within a list': '{"Image":"{image}","HostConfig":{"Binds":[["/:/x"]]}}',
  'Privileged as a string': '{"Image":"{image}","HostConfig":{"Privileged":"true"}}',
  'Privileged as a number': '{"Image":"{image}","HostConfig":{"Privileged":1}}',
  'CapAdd as a string': '{"Image":"{image}","HostConfig":{"CapAdd":"ALL"}}',
  'Memory as a string': '{"Image":"{image}","HostConfig":{"Memory":"1g"}}',
  'Memory with a fraction': '{"Image":"{image}","HostConfig":{"Memory":1.5}}',
  'Labels with a number': '{"Image":"{image}","Labels":{"a":1}}',
  'Image as a list': '{"Image":["{image}"]}',
  'Image missing': '{"HostConfig":{}}',
  '__proto__ as the host config': '{"Image":"{image}","__proto__":{"HostConfig":{"Privileged":true}}}',
  '__proto__ within the host config': '{"Image":"{image}","HostConfig":{"__proto__":{"Privileged":true}}}',
  'constructor.prototype': '{"Image":"{image}","constructor":{"prototype":{"Privileged":true}}}',
  'objects nested too deep': deep(100, '{"a":', '}').replace(':}', ':1}'),
  'lists nested too deep': `{"Image":"{image}","Cmd":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  'a body above the limit': `{"Image":"{image}","Cmd":["${'x'.repeat(4 * 1024 * 1024)}"]}`,
  'a power behind a megabyte of labels': `{"Image":"{image}","Labels":{"a":"${'x'.repeat(1024 * 1024)}"},"HostConfig":{"Privileged":true}}`,
  'ten thousand volumes': JSON.stringify({
    Image: '{image}',
    Volumes: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`/v${i}`, {}])),
  }),
  'a command of two megabytes': JSON.stringify({ Image: '{image}', Cmd: ['x'.repeat(2 * 1024 * 1024)] }),
};

const queries: Record<string, string> = {
  'a name with a slash': '?name=a%2Fb',
  'a name with dots': '?name=..%2F..%2Fetc',
  'a name with a line break': '?name=a%0Ab',
  'a name given twice': '?name=aa&name=bb',
  'a name of 200 characters': `?name=${'n'.repeat(200)}`,
  'a platform that is a path': '?platform=..%2Fx',
  'a parameter nobody knows': '?privileged=true',
  'a host config in the query that is no field': '?hostConfig=%7B%22Privileged%22%3Atrue%7D',
  'a semicolon': '?name=aa;privileged=true',
  'a broken escape': '?name=%zz',
  'a name that is not UTF-8': '?name=%ff%fe',
};

export const containerCreateCorpus: readonly HostileRequest[] = [
  ...fieldsAsked(hostileFields),
  ...fieldsAsked(malformedFields),
  ...respelled,
  ...Object.entries(texts).map(([name, raw]) => ({
    name: `create: ${name}`,
    ...create,
    raw,
    headers: { 'Content-Type': 'application/json' },
  })),
  ...Object.entries(queries).map(([name, query]) => ({
    name: `create: ${name}`,
    method: 'POST',
    target: `/containers/create${query}`,
    json: { Image: '{image}' },
  })),
  {
    name: 'create: a key that is not UTF-8',
    ...create,
    raw: Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  },
  {
    name: 'create: a form with the power in it',
    ...create,
    raw: 'HostConfig=%7B%22Privileged%22%3Atrue%7D&Image={image}',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  },
  {
    name: 'create: a multipart body',
    ...create,
    raw: '--x\r\n\r\n{}\r\n--x--',
    headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
  },
  {
    name: 'create: the field repeated in the query as dockerode does, the power there',
    method: 'POST',
    target: `/containers/create?HostConfig=${encodeURIComponent('{"Privileged":true}')}`,
    json: { Image: '{image}', Cmd: ['true'] },
    harmless: 'the query is dropped unread: only the body counts',
  },
  {
    name: "create: labels that are the platform's",
    ...create,
    json: { Image: '{image}', Labels: { 'io.berth.tenant': 'other', 'IO.BERTH.installation': 'other', 'io.berth.container': 'other' } },
    harmless: "they are dropped, and the platform's own are set",
  },
  {
    name: 'create: a memory swap without limit, a log of its own size',
    ...create,
    json: { Image: '{image}', HostConfig: { MemorySwap: -1, LogConfig: { Type: 'json-file', Config: { 'max-size': '1t' } } } },
    harmless: "both are replaced by the platform's",
  },
  ...['{container}', '{running}', '{exec}'].map((id) => ({
    name: `create: namespaces of ${id} by a path`,
    ...create,
    json: { Image: '{image}', HostConfig: { NetworkMode: `container:../${id}`, PidMode: `container:/proc/1/${id}` } },
  })),
];
