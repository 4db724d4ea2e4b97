import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

const MiB = 1024 * 1024;
const layerBytes = 64 * MiB;

/**
 * A registry over plain HTTP that never comes to an end. Whatever is pulled has a layer of which it sends the beginning and then hardly
 * anything; of what is pushed it takes hardly anything. Not nothing, since one that is silent is given up.
 */
export interface StalledRegistry {
  /** host:port, as the first part of an image's name. */
  address: string;
  /** Layers that are on their way, as `GET` or `PATCH`. */
  underWay(): string[];
  down(): Promise<void>;
}

export async function stalledRegistryUp(): Promise<StalledRegistry> {
  const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${'1'.repeat(64)}`, size: layerBytes };
  const config = blobOf({ architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [layer.digest] } });
  const { digest, size } = config;
  const manifest = blobOf({
    schemaVersion: 2,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size },
    layers: [layer],
  });
  const underWay = new Set<http.IncomingMessage>();
  const server = http.createServer((request, response) => {
    const url = request.url ?? '';
    const end = (status: number, headers: http.OutgoingHttpHeaders = {}, body?: Buffer) => response.writeHead(status, headers).end(body);
    if (/\/manifests\//.test(url)) return end(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }, manifest.bytes);
    if (url.endsWith(config.digest)) return end(200, {}, config.bytes);
    if (request.method === 'POST') return end(202, { location: `${url}1` });
    const pulled = request.method === 'GET' && url.endsWith(layer.digest);
    if (!pulled && request.method !== 'PATCH') return end(200);
    underWay.add(request);
    if (pulled) response.writeHead(200, { 'content-length': layerBytes }).write(Buffer.alloc(MiB));
    const trickle = setInterval(() => (pulled ? response.write('.') : request.read(Math.min(request.readableLength, 64 * 1024))), 500);
    response.once('close', () => {
      clearInterval(trickle);
      underWay.delete(request);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    underWay: () => [...underWay].map(({ method }) => method ?? ''),
    async down() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function blobOf(document: object): { bytes: Buffer; digest: string; size: number } {
  const bytes = Buffer.from(JSON.stringify(document));
  return { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, size: bytes.length };
}
