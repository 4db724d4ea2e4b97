import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseOpen } from '../../src/db/client.ts';
import { databaseMigrate } from '../../src/db/migrate.ts';
import { systemScope } from '../../src/db/scope.ts';
import { blobsS3 } from '../../src/runtime/blobs-s3.ts';
import { kmsWrap } from '../../src/runtime/kms-aws.ts';
import { processRun } from '../../src/runtime/local/process.ts';
import { migrationsFolder } from '../../src/runtime/package.ts';
import { authorityLoad } from '../../src/vault/authorities.ts';
import { wrappedKeyOpen } from '../../src/vault/key-wrap.ts';
import { sealOpen } from '../../src/vault/seal.ts';
import { until } from '../harness.ts';
import { databaseCreate } from '../setup/postgres.ts';

const moto = (await processRun(['moto_server', '--help']).catch(() => undefined))?.code === 0;
if (!moto) console.log('skipped: S3 and KMS against moto, since this machine has no moto_server');

const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
let server: ChildProcess;
let aws: { endpoint: string; region: string; credentials: typeof credentials };

beforeAll(async () => {
  if (!moto) return;
  const port = await portFree();
  server = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  aws = { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials };
  await until(async () => (await fetch(`${aws.endpoint}/moto-api/`).catch(() => undefined))?.ok === true, 30);
});
afterAll(async () => {
  if (!server || server.exitCode !== null) return;
  server.kill();
  await once(server, 'exit');
});

async function portFree(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

describe.skipIf(!moto)('a blob store in a bucket', () => {
  it('keeps what was put below its prefix until it is deleted', async () => {
    const s3 = new S3Client({ ...aws, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'logs' }));
    const blobs = blobsS3('logs', 'berth/', aws);
    await blobs.put('records/a/b', new Uint8Array([1, 2, 3]));
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'logs' }));
    expect(Contents.map(({ Key }) => Key)).toEqual(['berth/records/a/b']);
    expect([...((await blobs.get('records/a/b')) ?? [])]).toEqual([1, 2, 3]);
    await blobs.delete('records/a/b');
    expect(await blobs.get('records/a/b')).toBeUndefined();
    await blobs.delete('records/a/b');
  });

  it('fails when there is no such bucket', async () => {
    await expect(blobsS3('nowhere', '', aws).put('a', new Uint8Array(1))).rejects.toThrow(/bucket/i);
  });
});

describe.skipIf(!moto)("an installation's key under a key of KMS", () => {
  let database: Awaited<ReturnType<typeof databaseCreate>>;
  const installation = async () => {
    database = await databaseCreate();
    await databaseMigrate(database.url, migrationsFolder);
    const client = databaseOpen(database.url, { max: 2 });
    const { KeyMetadata } = await new KMSClient(aws).send(new CreateKeyCommand({}));
    return {
      ...{ system: systemScope(client.db), service: kmsWrap(KeyMetadata?.KeyId ?? '', aws) },
      async end() {
        await client.close();
        await database.drop();
      },
    };
  };

  it('is made once, the same for all who start together, and never lies open in the database', async () => {
    const { system, service, end } = await installation();
    const keys = await Promise.all([1, 2, 3].map(() => wrappedKeyOpen(system, service, undefined)));
    expect(new Set(keys).size).toBe(1);
    expect(await wrappedKeyOpen(system, service, undefined)).toBe(keys[0]);
    const [row] = await system.db.execute<{ text: string }>("select encode(wrapped_key, 'base64') as text from installation");
    expect(row?.text).not.toContain(keys[0]?.slice(0, 20));
    await authorityLoad(system, await sealOpen(keys[0] ?? ''), 'client');
    await end();
  });

  it('is the one that the installation was made with, when that is given at the change', async () => {
    const { system, service, end } = await installation();
    const old = Buffer.alloc(32, 9).toString('base64');
    const { certificatePem } = await authorityLoad(system, await sealOpen(old), 'client');
    await expect(wrappedKeyOpen(system, service, undefined)).rejects.toThrow(/Start once with BERTH_KEY and BERTH_KMS_KEY both/);
    expect(await wrappedKeyOpen(system, service, old)).toBe(old);
    const opened = await authorityLoad(system, await sealOpen(await wrappedKeyOpen(system, service, undefined)), 'client');
    expect(opened.certificatePem).toBe(certificatePem);
    await end();
  });

  it('stays closed for another key of KMS, with words that say where to look', async () => {
    const { system, service, end } = await installation();
    await wrappedKeyOpen(system, service, undefined);
    await expect(wrappedKeyOpen(system, kmsWrap('alias/other', aws), undefined)).rejects.toThrow(/Check BERTH_KMS_KEY/);
    await end();
  });
});
