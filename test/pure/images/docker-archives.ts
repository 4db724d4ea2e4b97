import { createHash } from 'node:crypto';
import type { RawEntry } from './tar-maker.ts';

export const hash = (text: string) => createHash('sha256').update(text).digest('hex');

export const config = JSON.stringify({
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: [`sha256:${hash('layer')}`, `sha256:${hash('layer')}`] },
});
export const configHex = hash(config);
export const configDigest = `sha256:${configHex}`;
const layerId = hash('layer id');
const secondId = hash('second layer id');

export const manifest20 = {
  Config: `${configHex}.json`,
  RepoTags: ['busybox:1', 'tool:latest'],
  Layers: [`${layerId}/layer.tar`, `${secondId}/layer.tar`],
};

/** What `docker save busybox:1 tool` of engine 20.10 is: a folder for each layer, a symlink for a layer that was there before. */
export function archive20(): RawEntry[] {
  return [
    { name: `${layerId}/`, type: '5' },
    { name: `${layerId}/VERSION`, content: '1.0' },
    { name: `${layerId}/json`, content: '{}' },
    { name: `${layerId}/layer.tar`, content: 'layer' },
    { name: `${configHex}.json`, content: config },
    { name: `${secondId}/`, type: '5' },
    { name: `${secondId}/VERSION`, content: '1.0' },
    { name: `${secondId}/json`, content: '{}' },
    { name: `${secondId}/layer.tar`, type: '2', target: `../${layerId}/layer.tar` },
    { name: 'manifest.json', content: JSON.stringify([manifest20]) },
    { name: 'repositories', content: JSON.stringify({ busybox: { 1: layerId }, tool: { latest: layerId } }) },
  ];
}

const ociManifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: configDigest, size: config.length },
  layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${hash('layer')}`, size: 5 }],
});
const ociManifestHex = hash(ociManifest);

/** What `docker save` of engine 25 and later is: an OCI layout with manifest.json beside it. */
export function archive25(references: string[]): RawEntry[] {
  const descriptor = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: `sha256:${ociManifestHex}`,
    size: ociManifest.length,
  };
  const annotated = references.map((reference) => ({
    ...descriptor,
    annotations: {
      'io.containerd.image.name': `docker.io/library/${reference}`,
      'org.opencontainers.image.ref.name': reference.split(':')[1],
    },
  }));
  return [
    { name: 'blobs/', type: '5' },
    { name: 'blobs/sha256/', type: '5' },
    { name: `blobs/sha256/${configHex}`, content: config },
    { name: `blobs/sha256/${hash('layer')}`, content: 'layer' },
    { name: `blobs/sha256/${ociManifestHex}`, content: ociManifest },
    {
      name: 'index.json',
      content: JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests: annotated.length ? annotated : [descriptor],
      }),
    },
    {
      name: 'manifest.json',
      content: JSON.stringify([
        {
          Config: `blobs/sha256/${configHex}`,
          RepoTags: references.length ? references : null,
          Layers: [`blobs/sha256/${hash('layer')}`, `blobs/sha256/${hash('layer')}`],
          LayerSources: {},
        },
      ]),
    },
    { name: 'oci-layout', content: '{"imageLayoutVersion": "1.0.0"}' },
  ];
}
