import type { Principal } from '../auth/principal.ts';
import type { RateHeaders } from '../domain/request-rate.ts';
import type { RestDeps } from './deps.ts';

/** What an operation finds in its context. */
export interface RestEnv {
  Bindings: {
    /** Where the caller's end of the connection is, as whatever runs this app knows it. */
    peerAddress?: string | undefined;
    /** Has the connection ended once this credential is good for nothing more. */
    holdOpen?(credentialId: string): void;
  };
  Variables: {
    deps: RestDeps;
    requestId: string;
    /** Who calls; undefined until a credential was read, and where none is asked for. */
    principal: Principal | undefined;
    /** What the answer tells of the tenant's share of this server, where a tenant calls. */
    limit?: RateHeaders;
    /** The operation's method and path as the document has them, for counting. */
    route: string;
    /** Under which the work of this request is known, where its Idempotency-Key says so. */
    workId?: string;
  };
}
