import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { BerthError } from '../domain/errors.ts';
import { defaultPace } from '../domain/pace.ts';
import { type BlobPlace, blobPlaceRead } from './blob-place.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const environment = z.object({
  BERTH_DATA_DIR: z.string().default('.berth'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  BERTH_KEY: z.string().optional(),
  BERTH_BIND: z.string().default('127.0.0.1'),
  BERTH_PUBLIC_NAME: list.default([]),
  BERTH_ENGINE_PORT: port.default(2376),
  BERTH_HTTP_PORT: port.default(2480),
  BERTH_TLS_CERT: z.string().optional(),
  BERTH_TLS_KEY: z.string().optional(),
  BERTH_HOST_GRACE: z.coerce
    .number()
    .min(1)
    .max(86_400)
    .default(defaultPace.hostLostMs / 1_000),
  BERTH_PLACEMENT: z.enum(['spread', 'binpack']).default('spread'),
  BERTH_REGISTRIES: list.default([]),
  BERTH_BLOBS: z.string().optional(),
  BERTH_KMS_KEY: z.string().optional(),
  BERTH_PROBE_IMAGE: z.string().optional(),
});

export interface Config {
  dataDir: string;
  /** undefined: an embedded PostgreSQL below dataDir. */
  databaseUrl: string | undefined;
  /** undefined: a key of its own in dataDir. */
  key: string | undefined;
  /** A key of AWS KMS that the installation's key is kept under, instead of in a file. */
  kmsKey: string | undefined;
  /** undefined: a folder below dataDir. */
  blobs: BlobPlace | undefined;
  bind: string;
  /** Names and addresses that the server's certificate is for; the first one is what clients are told. */
  names: string[];
  enginePort: number;
  httpPort: number;
  /** An own certificate instead of ours, as files, read again when they change. */
  tlsFiles: { cert: string; key: string } | undefined;
  /** Seconds of silence after which a host is lost. */
  hostGraceSeconds: number;
  placement: 'spread' | 'binpack';
  /** Registries (`host[:port]`) on private addresses that tenants may use all the same. */
  registries: string[];
  /** An image with sh, nc, sleep and true, to probe the walls of hosts from; undefined: one of Berth's own choice. */
  probeImage: string | undefined;
}

/** Reads the environment. Throws `malformed` naming the variable that is wrong. */
export function configRead(env: NodeJS.ProcessEnv): Config {
  const parsed = environment.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BerthError('malformed', `${issue?.path.join('.')} is wrong: ${issue?.message}. See docs/operating.md for what it takes.`);
  }
  const { data } = parsed;
  if ((data.BERTH_TLS_CERT === undefined) !== (data.BERTH_TLS_KEY === undefined)) {
    throw new BerthError('malformed', 'BERTH_TLS_CERT and BERTH_TLS_KEY belong together: set both, or neither.');
  }
  const reachable = data.BERTH_BIND === '0.0.0.0' || data.BERTH_BIND === '::' ? [hostname()] : [data.BERTH_BIND];
  return {
    dataDir: resolve(data.BERTH_DATA_DIR),
    databaseUrl: data.DATABASE_URL,
    key: data.BERTH_KEY,
    kmsKey: data.BERTH_KMS_KEY,
    blobs: data.BERTH_BLOBS === undefined ? undefined : blobPlaceRead(data.BERTH_BLOBS),
    bind: data.BERTH_BIND,
    names: [...new Set([...data.BERTH_PUBLIC_NAME, ...reachable, 'localhost', '127.0.0.1', '::1'])],
    enginePort: data.BERTH_ENGINE_PORT,
    httpPort: data.BERTH_HTTP_PORT,
    tlsFiles: data.BERTH_TLS_CERT && data.BERTH_TLS_KEY ? { cert: data.BERTH_TLS_CERT, key: data.BERTH_TLS_KEY } : undefined,
    hostGraceSeconds: data.BERTH_HOST_GRACE,
    placement: data.BERTH_PLACEMENT,
    registries: data.BERTH_REGISTRIES,
    probeImage: data.BERTH_PROBE_IMAGE,
  };
}
