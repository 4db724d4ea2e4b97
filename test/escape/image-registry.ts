import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { tarOf } from '../pure/images/tar-maker.ts';

const digestOf = (bytes: Uint8Array | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const types = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

export interface RegistryImage {
  manifest: string;
  config: string;
  layer: Buffer;
  layerDigest: string;
  configDigest: string;
}

/** An image of one file, as a registry holds it. `author` makes configs of the same layers differ. */
export function registryImage(file: string, content: string, author: string): RegistryImage {
  const tar = tarOf([{ name: file, content }]);
  const layer = gzipSync(tar);
  const config = JSON.stringify({
    author,
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Cmd: ['true'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, size: Buffer.byteLength(config), digest: digestOf(config) },
    layers: [{ mediaType: types.layer, size: layer.length, digest: digestOf(layer) }],
  });
  return { manifest, config, layer, layerDigest: digestOf(layer), configDigest: digestOf(config) };
}

export interface ImageRegistry {
  /** host:port */
  address: string;
  /** What was asked for. */
  asked: string[];
  /** How many are connected. */
  connected(): Promise<number>;
  close(): Promise<void>;
}

/** A registry that says what it is told to: real ones do not lie. Its layers it has, has not (false), or begins and never ends. */
export async function imageRegistry(host: string, image: RegistryImage, options: { layers: boolean | 'endless' }): Promise<ImageRegistry> {
  const asked: string[] = [];
  const blobs = new Map<string, { body: Buffer; type: string }>([
    [image.configDigest, { body: Buffer.from(image.config), type: 'application/octet-stream' }],
    ...(options.layers ? ([[image.layerDigest, { body: image.layer, type: 'application/octet-stream' }]] as const) : []),
  ]);
  const server: Server = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push(`${request.method} ${url}`);
    const [, kind, name = ''] = /^\/v2\/.+\/(manifests|blobs)\/(.+)$/.exec(url) ?? [];
    const manifest = { body: Buffer.from(image.manifest), type: types.manifest };
    const found =
      kind === 'manifests'
        ? manifest
        : kind === 'blobs'
          ? blobs.get(name)
          : url === '/v2/'
            ? { body: Buffer.from('{}'), type: 'application/json' }
            : undefined;
    if (!found) return void response.writeHead(404).end();
    const digest = digestOf(found.body);
    response.writeHead(200, { 'Content-Type': found.type, 'Content-Length': found.body.length, 'Docker-Content-Digest': digest });
    if (options.layers === 'endless' && name === image.layerDigest) return void response.write(found.body.subarray(0, 20));
    response.end(request.method === 'HEAD' ? undefined : found.body);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  const { port } = server.address() as { port: number };
  const connected = () =>
    new Promise<number>((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));
  return {
    address: `${host}:${port}`,
    asked,
    connected,
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}
