import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pushManifest } from '../../../src/images/registry-push.ts';
import type { RegistryFetch, RegistryReply, RegistryRequest } from '../../../src/images/registry-request.ts';
import { RegistryRefusal } from '../../../src/images/registry-request.ts';
import { RegistryUpload } from '../../../src/images/registry-upload.ts';

const credential = { username: 'red', password: 'sesame', identityToken: '', registryToken: '' };
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const sha256 = () => {
  const hash = createHash('sha256');
  return { update: (chunk: Uint8Array) => void hash.update(chunk), hex: () => hash.digest('hex') };
};

function reply(status: number, headers: Record<string, string> = {}, text = ''): RegistryReply {
  const body = (async function* () {
    yield new TextEncoder().encode(text);
  })();
  return { status, header: (name) => headers[name] ?? null, body };
}

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

interface Heard extends RegistryRequest {
  text: string;
}

/** A registry that answers by a table of `METHOD path`; whatever it was asked, bodies read, is kept. */
function registry(answer: (request: Heard) => RegistryReply) {
  const heard: Heard[] = [];
  const fetch: RegistryFetch = async (request) => {
    let text = typeof request.body === 'string' ? request.body : '';
    if (typeof request.body === 'object') for await (const chunk of request.body) text += new TextDecoder().decode(chunk);
    const one = { ...request, text };
    heard.push(one);
    return answer(one);
  };
  const upload = new RegistryUpload({ fetch, sha256, registry: 'reg.dev', credential, signal: new AbortController().signal }, 'red/app');
  return { upload, heard };
}

describe('happy', () => {
  it('a layer is sent as it comes, and named by what was sent', async () => {
    const { upload, heard } = registry(({ method }) =>
      method === 'POST'
        ? reply(202, { location: '/v2/red/app/blobs/uploads/1?state=a' })
        : method === 'PATCH'
          ? reply(202, { location: 'https://reg.dev/v2/red/app/blobs/uploads/1?state=b' })
          : reply(201),
    );
    expect(await upload.send(chunks('lay', 'er'))).toEqual({ digest: digestOf('layer'), size: 5 });
    expect(heard.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST https://reg.dev/v2/red/app/blobs/uploads/',
      'PATCH https://reg.dev/v2/red/app/blobs/uploads/1?state=a',
      `PUT https://reg.dev/v2/red/app/blobs/uploads/1?state=b&digest=${encodeURIComponent(digestOf('layer'))}`,
    ]);
    expect(heard[1]?.text).toBe('layer');
  });

  it('a token is asked for with the right to push, and used from then on', async () => {
    const challenge = { 'www-authenticate': 'Bearer realm="https://auth.dev/token",service="reg.dev"' };
    const { upload, heard } = registry(({ url, headers }) =>
      url.startsWith('https://auth.dev/')
        ? reply(200, {}, '{"token":"t0ken"}')
        : headers.authorization === 'Bearer t0ken'
          ? reply(200)
          : reply(401, challenge),
    );
    expect(await upload.has(digestOf('x'))).toBe(true);
    expect(await upload.has(digestOf('y'))).toBe(true);
    expect(heard.map(({ url }) => new URL(url).host)).toEqual(['reg.dev', 'auth.dev', 'reg.dev', 'reg.dev']);
    expect(new URL(heard[1]?.url ?? '').searchParams.get('scope')).toBe('repository:red/app:pull,push');
  });

  it.each([
    [201, true],
    [202, false],
  ])('a mount that is answered %i leaves nothing begun behind', async (status, mounted) => {
    const { upload, heard } = registry(({ method }) =>
      method === 'POST' ? reply(status, { location: '/v2/red/app/blobs/uploads/9' }) : reply(204),
    );
    expect(await upload.mount(digestOf('x'), 'red/base')).toBe(mounted);
    expect(heard.map(({ method }) => method)).toEqual(mounted ? ['POST'] : ['POST', 'DELETE']);
  });

  it('a manifest is one of Docker’s schema 2', () => {
    const { mediaType, body } = pushManifest({ digest: digestOf('config'), size: 6 }, [{ digest: digestOf('layer'), size: 5 }]);
    expect(mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
    expect(JSON.parse(body)).toMatchObject({
      ...{ schemaVersion: 2, mediaType },
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', digest: digestOf('config'), size: 6 },
      layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', digest: digestOf('layer'), size: 5 }],
    });
  });
});

describe('error', () => {
  it.each([401, 403, 404, 500])('%i is a refusal', async (status) => {
    const { upload } = registry(() => reply(status, {}, '{"errors":[{"code":"DENIED"}]}'));
    await expect(upload.manifest('1', 'x', '{}')).rejects.toBeInstanceOf(RegistryRefusal);
  });

  it('an upload without a place to go on fails in our words', async () => {
    const { upload } = registry(() => reply(202));
    await expect(upload.send(chunks('x'))).rejects.toThrow('does not say where to send a layer');
  });
});

describe('security', () => {
  it('the credential does not follow a layer to another host', async () => {
    const { upload, heard } = registry(({ method, url }) => {
      if (url.includes('auth.dev')) return reply(200, {}, '{"token":"t0ken"}');
      if (method === 'POST' && heard.length === 1)
        return reply(401, { 'www-authenticate': 'Bearer realm="https://auth.dev/token",service="reg.dev"' });
      return method === 'PUT' ? reply(201) : reply(202, { location: 'https://storage.dev/put?signature=1' });
    });
    await upload.send(chunks('layer'));
    const elsewhere = heard.filter(({ url }) => url.startsWith('https://storage.dev/'));
    expect(elsewhere.map(({ method, headers }) => [method, headers.authorization])).toEqual([
      ['PATCH', undefined],
      ['PUT', undefined],
    ]);
    expect(heard.some(({ headers }) => headers.authorization === 'Bearer t0ken')).toBe(true);
  });
});
