import { describe, expect, it } from 'vitest';
import { registryConfigRead, registryImageFind } from '../../../src/images/registry-image.ts';
import type { RegistryRequest } from '../../../src/images/registry-request.ts';
import { imageReferenceParse } from '../../../src/policy/image-reference.ts';
import { type Answer, clientOf, descriptorOf, digestOf, endless, type Holdings, registryFake, tool } from './registry-fake.ts';

const config = JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } });
const manifest = JSON.stringify({ schemaVersion: 2, config: descriptorOf('application/vnd.oci.image.config.v1+json', config), layers: [] });
const holdings: Holdings = {
  'manifests/1': manifest,
  [`manifests/${digestOf(manifest)}`]: manifest,
  [`blobs/${digestOf(config)}`]: config,
};

const find = (fetch: Parameters<typeof clientOf>[0], reference = tool, platform = 'linux/amd64') =>
  registryImageFind(clientOf(fetch), reference, platform);
const findIn = (document: unknown) => find(registryFake({ 'manifests/1': JSON.stringify(document) }).fetch);

describe('an image of a registry', () => {
  it('is found by its tag, with the digest of what was sent', async () => {
    const { fetch, asked } = registryFake(holdings);
    expect(await find(fetch)).toEqual({ ...JSON.parse(manifest), schemaVersion: undefined, digest: digestOf(manifest) });
    expect(asked[0]?.url).toBe('https://registry.dev/v2/team/tool/manifests/1');
    expect(asked[0]?.headers.authorization).toBeUndefined();
  });

  it('is found by its digest', async () => {
    const byDigest = imageReferenceParse(`registry.dev/team/tool@${digestOf(manifest)}`);
    expect((await find(registryFake(holdings).fetch, byDigest)).digest).toBe(digestOf(manifest));
  });

  it('of Docker Hub is asked for where Docker Hub answers', async () => {
    const { fetch, asked } = registryFake(holdings);
    await registryImageFind(clientOf(fetch, null, 'docker.io'), imageReferenceParse('busybox:1'), 'linux/amd64');
    expect(asked[0]?.url).toBe('https://registry-1.docker.io/v2/library/busybox/manifests/1');
  });

  describe('for several platforms', () => {
    const entry = (architecture: string, variant: string | undefined, os = 'linux') => {
      const image = JSON.stringify({ ...JSON.parse(manifest), annotations: { of: `${os}/${architecture}/${variant}` } });
      return { image, descriptor: { ...descriptorOf('', image), platform: { os, architecture, variant } } };
    };
    const entries = [
      entry('unknown', undefined, 'unknown'),
      entry('amd64', 'v3'),
      entry('amd64', undefined),
      entry('arm', 'v6'),
      entry('arm', 'v7'),
      entry('arm64', 'v8'),
      entry('amd64', undefined, 'windows'),
    ];
    const index = JSON.stringify({ schemaVersion: 2, manifests: entries.map(({ descriptor }) => descriptor) });
    const { fetch, asked } = registryFake({
      'manifests/1': index,
      ...Object.fromEntries(entries.map(({ image }) => [`manifests/${digestOf(image)}`, image])),
    });

    it.each([
      ['linux/amd64', 'linux/amd64/undefined'],
      ['linux/amd64/v3', 'linux/amd64/v3'],
      ['linux/arm', 'linux/arm/v7'],
      ['linux/arm/v6', 'linux/arm/v6'],
      ['linux/arm64', 'linux/arm64/v8'],
      ['linux/arm64/v8', 'linux/arm64/v8'],
    ])('is that of %s, and known by the digest of all', async (platform, expected) => {
      expect((await find(fetch, tool, platform)).digest).toBe(digestOf(index));
      const wanted = entries.find(({ image }) => image.includes(expected))?.image ?? '';
      expect(asked.at(-1)?.url.endsWith(digestOf(wanted))).toBe(true);
    });

    it.each(['linux/s390x', 'linux/arm/v5', 'linux/arm64/v9'])('is not there for %s', async (platform) => {
      await expect(find(fetch, tool, platform)).rejects.toMatchObject({
        code: 'not_found',
        message: `no matching manifest for ${platform} in the manifest list entries`,
      });
    });
  });
});

describe('a registry that wants to know who asks', () => {
  const bearer = 'Bearer realm="https://auth.dev/token?a=b",service="registry.dev",scope="repository:other/thing:push,pull"';
  const guarded = (challenge: string, token: (request: RegistryRequest) => Answer) =>
    registryFake(holdings, (request) => {
      if (request.url.startsWith('https://auth.dev/')) return token(request);
      return request.headers.authorization === undefined ? { status: 401, headers: { 'www-authenticate': challenge } } : undefined;
    });
  const basic = `Basic ${btoa('me:päss'.replace('ä', '\u00c3\u00a4'))}`;

  it('is given a token for this repository alone, got with the credential and used until the end', async () => {
    const { fetch, asked } = guarded(bearer, () => ({ body: '{"token":"t1"}' }));
    const client = clientOf(fetch, { username: 'me', password: 'päss' });
    await registryConfigRead(client, tool, await registryImageFind(client, tool, 'linux/amd64'), null);
    const [, token, ...rest] = asked;
    expect(token?.url).toBe('https://auth.dev/token?a=b&service=registry.dev&scope=repository%3Ateam%2Ftool%3Apull');
    expect(token?.headers.authorization).toBe(basic);
    expect(rest.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t1']);
  });

  it('is given one without a credential too', async () => {
    const { fetch, asked } = guarded(bearer, () => ({ body: '{"access_token":"t1"}' }));
    await find(fetch);
    expect(asked[1]?.headers.authorization).toBeUndefined();
  });

  it('is given what a refresh token stands for', async () => {
    const { fetch, asked } = guarded(bearer, () => ({ body: '{"access_token":"t1"}' }));
    await registryImageFind(clientOf(fetch, { username: 'me', identityToken: 'long lived' }), tool, 'linux/amd64');
    expect(asked[1]).toMatchObject({
      method: 'POST',
      url: 'https://auth.dev/token?a=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(Object.fromEntries(new URLSearchParams(asked[1]?.body as string))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'long lived',
    });
  });

  it('is given the credential itself, when it asks so', async () => {
    const { fetch, asked } = guarded('Basic realm="here"', () => ({ status: 500 }));
    await clientOf(fetch, { username: 'me', password: 'päss' }).login();
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([undefined, basic]);
  });

  it('gets no credential before it asks', async () => {
    const { fetch, asked } = registryFake(holdings);
    await registryImageFind(clientOf(fetch, { username: 'me', password: 'p' }), tool, 'linux/amd64');
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  describe('and is not content', () => {
    const denied = {
      code: 'not_found',
      message: expect.stringMatching(
        /^pull access denied for registry\.dev\/team\/tool, repository does not exist or may require 'docker login'/,
      ),
    };

    it.each([
      ['the token server knows nobody', bearer, { status: 401 }],
      ['the token is not taken', bearer, { body: '{"token":"t1"}' }],
      ['there is no way in', 'Negotiate', {}],
      ['it does not say how', '', {}],
    ])('%s: denied, after one try', async (_, challenge, token) => {
      const { fetch, asked } = registryFake(holdings, ({ url }) =>
        url.startsWith('https://auth.dev/') ? token : { status: 401, headers: { 'www-authenticate': challenge } },
      );
      await expect(find(fetch)).rejects.toMatchObject(denied);
      expect(asked.length).toBeLessThanOrEqual(3);
    });

    it.each([
      ['a token that would be two headers', { body: JSON.stringify({ token: 'a\r\nx-evil: 1' }) }],
      ['no token', { body: '{}' }],
      ['no JSON', { body: '<html>' }],
    ])('the token server sends %s: told, not used', async (_, token) => {
      await expect(find(guarded(bearer, () => token).fetch)).rejects.toMatchObject({ code: 'engine_failed' });
    });

    it('a token without end is not read', async () => {
      const { body, taken } = endless();
      await expect(find(guarded(bearer, () => ({ body })).fetch)).rejects.toMatchObject({ code: 'engine_failed' });
      expect(taken()).toBeLessThan(1024 * 1024);
    });
  });
});

describe('what is not there', () => {
  it.each([
    [404, 'MANIFEST_UNKNOWN', 'not_found', 'manifest for registry.dev/team/tool:1 not found: manifest unknown: manifest unknown'],
    [404, '', 'not_found', 'manifest for registry.dev/team/tool:1 not found: manifest unknown: manifest unknown'],
    [404, 'NAME_UNKNOWN', 'not_found', 'repository registry.dev/team/tool not found: name unknown: repository name not known to registry'],
    [
      403,
      'DENIED',
      'not_found',
      "pull access denied for registry.dev/team/tool, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    ],
    [
      429,
      'TOOMANYREQUESTS',
      'rate_limited',
      'toomanyrequests: the registry takes no more pulls for now. Log in to it, or try again later.',
    ],
    [500, '', 'engine_failed', 'The registry answered 500 for registry.dev/team/tool:1. Try again later.'],
  ])('%i %s is said in Docker’s words, and in none of the registry’s', async (status, code, kind, message) => {
    const body = JSON.stringify({ errors: [{ code, message: 'from 10.0.0.1' }] });
    await expect(find(registryFake({}, () => ({ status, body })).fetch)).rejects.toMatchObject({ code: kind, message });
  });

  it('a digest that is no sha256 is not asked for', async () => {
    const { fetch, asked } = registryFake(holdings);
    await expect(find(fetch, imageReferenceParse(`registry.dev/x@sha512:${'a'.repeat(128)}`))).rejects.toMatchObject({ code: 'not_found' });
    expect(asked).toEqual([]);
  });

  it('an image of another platform than was asked for is told', async () => {
    const client = clientOf(registryFake(holdings).fetch);
    const image = await registryImageFind(client, tool, 'linux/arm64');
    await expect(registryConfigRead(client, tool, image, 'linux/arm64')).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('does not match the specified platform'),
    });
  });
});

describe('a registry that lies', () => {
  const other = imageReferenceParse(`registry.dev/team/tool@${digestOf('another')}`);

  it('sends another manifest than the digest names', async () => {
    const { fetch } = registryFake({ [`manifests/${digestOf('another')}`]: manifest });
    await expect(find(fetch, other)).rejects.toMatchObject({ code: 'engine_failed' });
  });

  it('names another digest for what it sends', async () => {
    const { fetch } = registryFake({ 'manifests/1': { body: manifest, headers: { 'docker-content-digest': digestOf('another') } } });
    await expect(find(fetch)).rejects.toMatchObject({ code: 'engine_failed' });
  });

  it('sends a manifest without end', async () => {
    const { body, taken } = endless();
    await expect(find(registryFake({ 'manifests/1': { body } }).fetch)).rejects.toMatchObject({ code: 'engine_failed' });
    expect(taken()).toBeLessThan(6 * 1024 * 1024);
  });

  it.each([
    ['of another digest', config.replace('amd64', 'arm64')],
    ['that is longer', `${config} `],
    ['that is shorter', config.slice(1)],
  ])('sends a config %s', async (_, sent) => {
    const client = clientOf(registryFake({ ...holdings, [`blobs/${digestOf(config)}`]: sent }).fetch);
    await expect(registryConfigRead(client, tool, await registryImageFind(client, tool, 'linux/amd64'), null)).rejects.toMatchObject({
      code: 'engine_failed',
    });
  });

  it.each([1, -1])('names a size that its config has not, off by %i', async (off) => {
    const { config: named, ...rest } = JSON.parse(manifest);
    const document = JSON.stringify({ ...rest, config: { ...named, size: named.size + off } });
    const client = clientOf(registryFake({ ...holdings, 'manifests/1': document }).fetch);
    const found = await registryImageFind(client, tool, 'linux/amd64');
    await expect(registryConfigRead(client, tool, found, null)).rejects.toMatchObject({ message: expect.stringContaining('another size') });
  });

  const image = JSON.parse(manifest);
  const layer = descriptorOf('application/vnd.oci.image.layer.v1.tar+gzip', 'layer');
  it.each([
    ['both an image and an index', { ...image, manifests: [] }],
    ['neither', { schemaVersion: 2 }],
    ['of schema 1', { schemaVersion: 1, name: 'x', fsLayers: [] }],
    ['with a layer elsewhere', { ...image, layers: [{ ...layer, urls: ['https://elsewhere.dev/'] }] }],
    ['with a foreign layer', { ...image, layers: [{ ...layer, mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' }] }],
    [
      'with a nondistributable layer',
      { ...image, layers: [{ ...layer, mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip' }] },
    ],
    ['with a layer that is none', { ...image, layers: [{ ...layer, mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' }] }],
    ['with a negative size', { ...image, layers: [{ ...layer, size: -1 }] }],
    ['with a digest that leads elsewhere', { ...image, layers: [{ ...layer, digest: 'sha256:../../x' }] }],
    ['with a config above 4 MiB', { ...image, config: { ...image.config, size: 2 ** 23 } }],
    ['with a thousand layers', { ...image, layers: new Array(1000).fill(layer) }],
    ['with null', null],
    ['with an index in an index', { schemaVersion: 2, manifests: [{ ...layer, platform: { os: 'linux', architecture: 'amd64' } }] }],
  ])('sends a manifest %s', async (_, document) => {
    await expect(findIn(document)).rejects.toMatchObject({ code: expect.stringMatching(/engine_failed|not_found/) });
  });

  it('sends a config with other layers than the manifest', async () => {
    const client = clientOf(registryFake(holdings).fetch);
    const found = await registryImageFind(client, tool, 'linux/amd64');
    await expect(registryConfigRead(client, tool, { ...found, layers: [layer] }, null)).rejects.toMatchObject({ code: 'engine_failed' });
  });
});
