import type { Audit } from '../app/audit.ts';
import type { EngineSide } from '../app/host-admin.ts';
import type { Authenticator } from '../auth/authenticate.ts';
import type { SystemScope } from '../db/scope.ts';
import type { BlobStore } from '../domain/blob-store.ts';
import type { Log } from '../domain/log.ts';
import type { TenantTraffic } from '../domain/request-rate.ts';
import type { MetricsBook } from '../http/metrics.ts';
import type { Authority } from '../vault/authority.ts';
import type { Seal } from '../vault/seal.ts';

/** What the REST API works with: all of it can be had in a Worker but `engines`. */
export interface RestDeps {
  system: SystemScope;
  authenticator: Authenticator;
  audit: Audit;
  traffic: TenantTraffic;
  seal: Seal;
  /** null: this server does not know of any. */
  blobs: BlobStore | null;
  /** Signs tenants' certificates; opened when the first one is asked for. */
  clientAuthority(): Promise<Authority>;
  /** Where the Docker endpoint is reached, and what its certificate is checked with. null: this server does not know of one. */
  endpoint: Endpoint | null;
  /** Engines and the bus, on Node. null: what needs them answers 501. */
  engines: EngineSide | null;
  metrics: MetricsBook;
  /** Berth's own, `0.1.0`. */
  version: string;
  log: Log;
}

export interface Endpoint {
  /** `tcp://berth.example.com:2376` */
  url: string;
  /** null: a public authority signed it, which clients know already. */
  authorityPem: string | null;
}
