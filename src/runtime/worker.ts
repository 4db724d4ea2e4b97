import manifest from '../../package.json' with { type: 'json' };
import { auditMake } from '../app/audit.ts';
import { authenticatorMake } from '../auth/authenticate.ts';
import { databaseOpen } from '../db/client.ts';
import { systemScope } from '../db/scope.ts';
import type { BlobStore } from '../domain/blob-store.ts';
import { floodGate } from '../domain/flood-gate.ts';
import { tenantTraffic } from '../domain/request-rate.ts';
import { logJson } from '../http/log.ts';
import { metricsMake } from '../http/metrics.ts';
import { problemResponse } from '../http/problem.ts';
import { restApp } from '../rest-api/app.ts';
import { authorityLoad } from '../vault/authorities.ts';
import { sealOpen } from '../vault/seal.ts';
import { blobPlaceRead } from './blob-place.ts';

interface WorkerEnv {
  HYPERDRIVE: { connectionString: string };
  /** A secret: the key that the database's own keys are sealed with. */
  BERTH_KEY: string;
  /** `s3://…`, the same as the servers', with AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. */
  BERTH_BLOBS?: string;
  AWS_REGION?: string;
  AWS_ACCESS_KEY_ID?: string;
  AWS_SECRET_ACCESS_KEY?: string;
}

interface WorkerContext {
  waitUntil(work: Promise<unknown>): void;
}

const log = logJson((line) => console.log(line));
const metrics = metricsMake();
const gate = floodGate();
const traffic = tenantTraffic(Date.now);
/** A Worker's connections belong to one request: what one opened, another may not use. */
const connectionsPerRequest = 5;

/** The REST API on Cloudflare Workers: the same app as on Node, without engines and without the bus. */
export default {
  async fetch(request: Request, env: WorkerEnv, context: WorkerContext): Promise<Response> {
    const client = databaseOpen(env.HYPERDRIVE.connectionString, { max: connectionsPerRequest, fetchTypes: false });
    const system = systemScope(client.db);
    const audit = auditMake(system, log, gate);
    try {
      const seal = await sealOpen(env.BERTH_KEY);
      const blobs = await blobsOf(env);
      const app = restApp({
        ...{ system, audit, traffic, seal, blobs, log, metrics },
        // Without the bus no revocation is heard, so nothing may be remembered.
        authenticator: authenticatorMake(system, () => false),
        clientAuthority: () => authorityLoad(system, seal, 'client'),
        endpoint: null,
        engines: null,
        version: manifest.version,
      });
      return await app.fetch(request, { peerAddress: request.headers.get('cf-connecting-ip') ?? undefined });
    } catch (error) {
      const requestId = crypto.randomUUID();
      log.error('the Worker is not set up', error, { requestId });
      // Not the error itself: it speaks of the Worker's own settings.
      return problemResponse(new Error('not set up', { cause: error }), { requestId, operator: false });
    } finally {
      context.waitUntil(audit.close().finally(() => client.close()));
    }
  },
};

/** A Worker reaches a bucket; a folder is its server's alone. */
async function blobsOf(env: WorkerEnv): Promise<BlobStore | null> {
  const place = env.BERTH_BLOBS === undefined ? undefined : blobPlaceRead(env.BERTH_BLOBS);
  if (place?.kind !== 's3') return null;
  const { blobsS3 } = await import('./blobs-s3.ts');
  return blobsS3(place.bucket, place.prefix, {
    region: env.AWS_REGION ?? 'us-east-1',
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
  });
}
