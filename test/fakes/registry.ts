import { createHash } from 'node:crypto';
import type { RegistryFetch, RegistryReply } from '../../src/images/registry-request.ts';
import { imageOfReference } from './engine/image-store.ts';
import { repositoryOf, tagReference } from './engine/references.ts';

/** A registry without a network, for fleets of fake engines: it has every image that is asked of it by a tag, as the fake engines' own does. */
export function fakeRegistryFetch(): RegistryFetch {
  const blobs = new Map<string, Buffer>();
  const keep = (bytes: Buffer) => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    blobs.set(digest, bytes);
    return { digest, size: bytes.length };
  };
  return async ({ url }) => {
    const { pathname } = new URL(url);
    const [, repository = '', kind, wanted = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(pathname) ?? [];
    if (kind === 'blobs' || wanted.startsWith('sha256:')) return reply(blobs.get(wanted));
    if (kind !== 'manifests') return reply(Buffer.from('{}'));
    const { document, layers } = imageOfReference(
      tagReference(`${repositoryOf(repository.replace(/^library\//, ''))}:${wanted}`),
      'x86_64',
    );
    const manifest = {
      schemaVersion: 2,
      config: keep(document),
      layers: layers.map((layer) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...keep(layer) })),
    };
    const bytes = Buffer.from(JSON.stringify(manifest));
    keep(bytes);
    return reply(bytes);
  };
}

function reply(bytes: Buffer | undefined): RegistryReply {
  const body = (async function* () {
    if (bytes) yield new Uint8Array(bytes);
  })();
  return { status: bytes ? 200 : 404, header: () => null, body };
}
