import { createHash } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Connection, chunkOf, requestText, tenantConnect } from '../docker-api/connection.ts';
import { tarHeader, tarPadding } from '../docker-api/tar-file.ts';
import { containerMake } from '../docker-api/wire-up.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { type ServerStage, serverStageUp } from './server-stage.ts';

const MiB = 1024 * 1024;
const long = process.env.BERTH_TEST_LONG !== undefined;
const bytes = (long ? 2048 : 256) * MiB;
/** Of what passes nothing is kept: the bound is the same for 256 MiB and for eight times as much. */
const boundBytes = 192 * MiB;
const block = Buffer.alloc(MiB);

let fleet: Fleet;
let stage: ServerStage;
beforeAll(async () => {
  const disk = await statfs(import.meta.dirname);
  // The engine unpacks an image into a layer, and keeps a copy of what is put into a container.
  if (disk.bavail * disk.bsize < 6 * bytes) throw new Error(`this needs ${(6 * bytes) / MiB} MiB of disk`);
  fleet = await fleetUp({ count: 1, name: 'memory' });
  stage = await serverStageUp(fleet.berthHosts, { load: await busyboxImageMake() });
});
afterAll(async () => {
  await stage?.down();
  await fleet?.down();
});

/** How far the server's memory rises while something passes. */
async function rise(work: () => Promise<void>): Promise<number> {
  const before = await stage.resident();
  let most = before;
  let over = false;
  const look = async () => {
    while (!over) {
      most = Math.max(most, await stage.resident());
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const looking = look();
  await work().finally(() => {
    over = true;
  });
  await looking;
  console.log(`${bytes / MiB} MiB passed, and memory rose by ${Math.round((most - before) / MiB)} MiB`);
  return most - before;
}

const written = (connection: Connection, data: Uint8Array | string) =>
  new Promise<void>((resolve, reject) => connection.socket.write(data, (error) => (error ? reject(error) : resolve())));

/** A file of zeros as a tar, without the tar's end. */
function* zeros(name: string): Generator<Uint8Array> {
  yield tarHeader(name, bytes);
  for (let sent = 0; sent < bytes; sent += block.length) yield block;
  yield Buffer.alloc(tarPadding(bytes));
}

function* imageArchive(): Generator<Uint8Array> {
  const end = Buffer.alloc(1024);
  const hash = createHash('sha256');
  for (const chunk of zeros('zeros')) hash.update(chunk);
  const diffId = `sha256:${hash.update(end).digest('hex')}`;
  const file = function* (name: string, value: unknown) {
    const content = Buffer.from(JSON.stringify(value));
    yield tarHeader(name, content.length);
    yield content;
    yield Buffer.alloc(tarPadding(content.length));
  };
  yield* file('config.json', { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [diffId] } });
  const layerBytes = 512 + bytes + tarPadding(bytes) + end.length;
  yield tarHeader('layer.tar', layerBytes);
  yield* zeros('zeros');
  yield end;
  yield Buffer.alloc(tarPadding(layerBytes));
  yield* file('manifest.json', [{ Config: 'config.json', RepoTags: ['zeros:1'], Layers: ['layer.tar'] }]);
  yield end;
}

async function upload(method: string, path: string, chunks: Iterable<Uint8Array>): Promise<string> {
  const connection = await tenantConnect(stage.tenant);
  connection.send(requestText(method, path, { headers: { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/x-tar' } }));
  for (const chunk of chunks) {
    if (chunk.length === 0) continue;
    await written(connection, `${chunk.length.toString(16)}\r\n`);
    await written(connection, chunk);
    await written(connection, '\r\n');
  }
  connection.send(chunkOf(''));
  const { status, text } = await connection.reply();
  connection.destroy();
  expect(status, text).toBe(200);
  return text;
}

describe(`${bytes / MiB} MiB through one server`, () => {
  const seconds = long ? 600 : 100;

  it(
    'are loaded as an image',
    async () => {
      let said = '';
      const risen = await rise(async () => {
        said = await upload('POST', '/v1.47/images/load?quiet=1', imageArchive());
      });
      expect(said).toContain('Loaded image: zeros:1');
      expect(risen).toBeLessThan(boundBytes);
    },
    seconds * 1000,
  );

  it(
    'are copied into a container, and out of it again',
    async () => {
      const target = await containerMake(stage.tenant, ['true']);
      const into = await rise(async () => {
        const copied = function* () {
          yield* zeros('copied');
          yield Buffer.alloc(1024);
        };
        await upload('PUT', `/v1.47/containers/${target}/archive?path=/`, copied());
      });
      const out = await rise(async () => {
        const connection = await tenantConnect(stage.tenant);
        connection.send(requestText('GET', `/v1.47/containers/${target}/archive?path=/copied`, { headers: { Connection: 'close' } }));
        expect((await connection.head()).status).toBe(200);
        expect(await connection.drain()).toBeGreaterThan(bytes);
      });
      expect(Math.max(into, out)).toBeLessThan(boundBytes);
    },
    seconds * 1000,
  );
});
