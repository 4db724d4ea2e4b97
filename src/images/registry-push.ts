import type { ProgressLine } from './progress.ts';
import type { Descriptor } from './registry-manifest.ts';

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';
const layerType = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
const configType = 'application/vnd.docker.container.image.v1+json';

export interface PushManifest {
  mediaType: string;
  body: string;
}

/** The manifest of an image in Docker's schema 2, indented as Docker has it (moby, distribution: manifest/schema2). */
export function pushManifest(
  config: Pick<Descriptor, 'digest' | 'size'>,
  layers: readonly Pick<Descriptor, 'digest' | 'size'>[],
): PushManifest {
  const descriptor = (mediaType: string, { digest, size }: Pick<Descriptor, 'digest' | 'size'>) => ({ mediaType, size, digest });
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptor(configType, config),
    layers: layers.map((layer) => descriptor(layerType, layer)),
  };
  return { mediaType: manifestType, body: JSON.stringify(manifest, null, 3) };
}

/** Lines of a push name a layer by its diff id. */
export function pushLine(diffId: string, status: string, progressDetail: ProgressLine['progressDetail'] = {}): ProgressLine {
  return { status, progressDetail, id: diffId.slice('sha256:'.length, 'sha256:'.length + 12) };
}
