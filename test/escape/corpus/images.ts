import { archive20, config, configHex, hash, manifest20 } from '../../pure/images/docker-archives.ts';
import { pax, tarOf } from '../../pure/images/tar-maker.ts';
import type { HostileRequest } from './request.ts';

const innerRegistries = [
  '127.0.0.1:5000',
  'localhost',
  'localhost:5000',
  '[::1]:5000',
  '169.254.169.254',
  '10.0.0.1:5000',
  '172.17.0.1:2375',
  '192.168.1.1',
  '100.64.0.1',
  '100.100.100.200',
  '0.0.0.0:80',
  '127.1:5000',
  '0x7f000001:5000',
  '2130706433:5000',
  '017700000001:5000',
  '[::ffff:127.0.0.1]:5000',
  '[fd00::1]:5000',
  '[fe80::1]:5000',
  'metadata.google.internal',
  'registry.local:5000',
  'host.docker.internal:2375',
  'localhost.localdomain:5000',
  'x.localhost:5000',
];

const pulls: HostileRequest[] = innerRegistries.map((registry) => ({
  name: `pull from ${registry}`,
  method: 'POST',
  target: `/images/create?fromImage=${encodeURIComponent(`${registry}/x/y`)}&tag=latest`,
}));

const sources: HostileRequest[] = [
  ...[
    'http://169.254.169.254/latest/meta-data',
    'http://127.0.0.1:2375/info',
    'https://example.com/x.tar',
    'file:///etc/passwd',
    '/etc/passwd',
    'unix:///var/run/docker.sock',
    ' -',
    '--',
  ].map((source) => ({
    name: `import from ${source}`,
    method: 'POST',
    target: `/images/create?fromSrc=${encodeURIComponent(source)}&repo=esc&tag=1`,
  })),
  ...[
    'fromImage=busybox&fromImage=127.0.0.1:5000/x&tag=1',
    'fromImage=busybox:1&tag=2',
    'fromImage=BUSYBOX&tag=1',
    'fromImage=busybox%0a&tag=1',
    'fromImage=..%2Fx&tag=1',
    'fromImage=busybox&tag=..%2F..%2Fx',
    'fromImage=busybox&tag=sha256:zz',
    'fromImage=&tag=1',
    'fromImage=busybox&tag=1&platform=..%2F',
    'fromImage=busybox&tag=1&outputs=x',
    'fromImage=http%3A%2F%2Fexample.com%2Fx&tag=1',
    'fromSrc=-&repo=UPPER&tag=1',
    'fromSrc=-&repo=esc&tag=a%2Fb',
    'fromSrc=-&fromSrc=http%3A%2F%2F169.254.169.254&repo=esc',
  ].map((query) => ({ name: `images/create?${query}`, method: 'POST', target: `/images/create?${query}` })),
  ...[
    'RUN id',
    'FROM busybox',
    'ADD http://169.254.169.254/ /x',
    'COPY / /x',
    'ONBUILD RUN id',
    'MAINTAINER x',
    'SHELL ["sh"]',
    'CMD a\nVOLUME /proc',
    'CMD a\rVOLUME /proc',
    'CMD a \\',
    '# escape=`',
    '',
  ].map((change) => ({
    name: `import with the change ${JSON.stringify(change)}`,
    method: 'POST',
    target: `/images/create?fromSrc=-&repo=esc&tag=1&changes=${encodeURIComponent(change)}`,
    raw: tarOf([{ name: 'a', content: 'a' }]),
  })),
];

const auths: HostileRequest[] = Object.entries({
  'not base64': '%%%',
  'not JSON': btoa('x'),
  'a list': btoa('[]'),
  'a field twice': btoa('{"username":"a","username":"b"}'),
  'a field nobody knows': btoa('{"username":"a","tomorrow":"b"}'),
  'an object for a text': btoa('{"username":{"a":1}}'),
  'nested too deep': btoa('{"username":[[[[[]]]]]}'),
  'larger than any credential': btoa(`{"username":"${'x'.repeat(18 * 1024)}"}`),
}).map(([name, header]) => ({
  name: `X-Registry-Auth: ${name}`,
  method: 'POST',
  target: '/images/create?fromImage=busybox&tag=1',
  headers: { 'X-Registry-Auth': header },
}));

const replaced = (name: string, content: string) => archive20().map((entry) => (entry.name === name ? { ...entry, content } : entry));
const manifest = (item: object) => replaced('manifest.json', JSON.stringify([{ ...manifest20, ...item }]));
const archives: Record<string, Uint8Array> = {
  'a config that names layers which are not in it': tarOf([
    { name: `${configHex}.json`, content: config },
    { name: 'manifest.json', content: JSON.stringify([{ Config: `${configHex}.json`, RepoTags: null, Layers: [] }]) },
  ]),
  "another's layers by their digests, with empty files": tarOf([
    { name: `${configHex}.json`, content: config },
    { name: 'a/layer.tar', content: '' },
    {
      name: 'manifest.json',
      content: JSON.stringify([{ Config: `${configHex}.json`, RepoTags: ['esc:1'], Layers: ['a/layer.tar', 'a/layer.tar'] }]),
    },
  ]),
  'a layer that is a link to a file of the host': tarOf([
    { name: `${configHex}.json`, content: config },
    { name: 'a/layer.tar', type: '2', target: '/etc/passwd' },
    {
      name: 'manifest.json',
      content: JSON.stringify([{ Config: `${configHex}.json`, RepoTags: null, Layers: ['a/layer.tar', 'a/layer.tar'] }]),
    },
  ]),
  'a layer that is a link upwards': tarOf(
    archive20().map((entry) => (entry.type === '2' ? { ...entry, target: '../../../../etc/shadow' } : entry)),
  ),
  'a hard link': tarOf([...archive20(), { name: 'x', type: '1', target: '/etc/passwd' }]),
  'a device': tarOf([...archive20(), { name: 'x', type: '3' }]),
  'a fifo': tarOf([...archive20(), { name: 'x', type: '6' }]),
  'a name with dots': tarOf([...archive20(), { name: '../../etc/cron.d/x', content: '* * * * * root id' }]),
  'an absolute name': tarOf([...archive20(), { name: '/etc/cron.d/x', content: 'x' }]),
  'a name with dots in a PAX header': tarOf([...archive20(), pax({ path: '../../etc/x' }), { name: 'x', content: 'x' }]),
  'a manifest that names a config upwards': tarOf(manifest({ Config: '../../../etc/passwd' })),
  'a manifest that names a layer upwards': tarOf(manifest({ Layers: ['../../../etc/passwd', '../../../etc/passwd'] })),
  'a manifest twice': tarOf([...archive20(), { name: 'manifest.json', content: '[]' }]),
  'a manifest in other letters': tarOf([
    ...archive20().filter((entry) => entry.name !== 'manifest.json'),
    { name: 'MANIFEST.JSON', content: '[]' },
  ]),
  'a manifest that is no JSON': tarOf(replaced('manifest.json', 'x')),
  'a manifest that is no list': tarOf(replaced('manifest.json', '{}')),
  'no manifest': tarOf(archive20().filter((entry) => entry.name !== 'manifest.json')),
  'a size that is not there': tarOf([{ name: 'x', content: 'x', size: 8 ** 10 }]),
  'a broken checksum': tarOf([{ name: 'x', content: 'x', damage: (header) => header.fill(0x37, 148, 154) }]),
  'no tar at all': new TextEncoder().encode('x'.repeat(4096)),
  'a layer other than its config says': tarOf(
    archive20().map((entry) => (entry.content === 'layer' ? { ...entry, content: 'other' } : entry)),
  ),
  'a config that is no image config': tarOf([
    { name: `${hash('{}')}.json`, content: '{}' },
    { name: 'manifest.json', content: JSON.stringify([{ Config: `${hash('{}')}.json`, RepoTags: null, Layers: [] }]) },
  ]),
};

const loads: HostileRequest[] = Object.entries(archives).map(([name, raw]) => ({
  name: `load: ${name}`,
  method: 'POST',
  target: '/images/load?quiet=1',
  headers: { 'Content-Type': 'application/x-tar' },
  raw,
  late: true,
  ...(name === 'an absolute name' && { harmless: 'the slash is dropped, and an engine unpacks in a folder of its own' }),
}));

const others: HostileRequest[] = [
  ...[
    '..%2Fx',
    'x%2F..%2Fy',
    'UPPER',
    'a%00b',
    'sha256:zz',
    'ghost',
    '0000000000000000000000000000000000000000000000000000000000000000',
  ].flatMap((name) => [
    { name: `image inspect ${name}`, method: 'GET', target: `/images/${name}/json` },
    { name: `image remove ${name}`, method: 'DELETE', target: `/images/${name}` },
    { name: `image save ${name}`, method: 'GET', target: `/images/get?names=${name}` },
  ]),
  ...['UPPER', 'a b', 'x@sha256:0000000000000000000000000000000000000000000000000000000000000000', ''].map((repo) => ({
    name: `tag as ${JSON.stringify(repo)}`,
    method: 'POST',
    target: `/images/{image}/tag?repo=${encodeURIComponent(repo)}&tag=1`,
  })),
  { name: 'save of nothing', method: 'GET', target: '/images/get' },
];

export const imagesCorpus: readonly HostileRequest[] = [...pulls, ...sources, ...auths, ...loads, ...others];
