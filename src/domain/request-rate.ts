import { BerthError } from './errors.ts';
import type { Quota } from './quota.ts';

/** `RateLimit` and its policy as the IETF's draft-ietf-httpapi-ratelimit-headers has them. */
export interface RateHeaders {
  RateLimit: string;
  'RateLimit-Policy': string;
}

/** `left`: requests that would pass now. `seconds`: until the share is whole again. */
function rateHeaders(perSecond: number, left: number, seconds: number): RateHeaders {
  return { RateLimit: `"tenant";r=${left};t=${seconds}`, 'RateLimit-Policy': `"tenant";q=${perSecond};w=1` };
}

/** More than a tenant's share of this server. What a client has to know to come again is in the headers. */
export class RateLimited extends BerthError {
  readonly headers: Record<string, string>;

  constructor(message: string, perSecond: number, retryAfterSeconds: number) {
    super('rate_limited', message);
    this.headers = { 'Retry-After': String(retryAfterSeconds), ...rateHeaders(perSecond, 0, retryAfterSeconds) };
  }
}

/** What of each tenant comes in at this process: a bucket of tokens, filled by the second, and the calls that are open. */
export interface TenantTraffic {
  /** What its answer tells of the tenant's share. Throws RateLimited when the bucket is empty. */
  request(tenantId: string, quota: Quota): RateHeaders;
  /** Throws RateLimited when too many are open; else the function that ends this one, which may be called again. */
  open(tenantId: string, quota: Quota): () => void;
  /** How many are open. */
  opened(tenantId: string): number;
}

const burstSeconds = 2;

export function tenantTraffic(clock: () => number = () => performance.now()): TenantTraffic {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const open = new Map<string, number>();

  return {
    request(tenantId, { requestsPerSecond }) {
      const now = clock();
      const most = requestsPerSecond * burstSeconds;
      const { tokens, at } = buckets.get(tenantId) ?? { tokens: most, at: now };
      const filled = Math.min(most, tokens + ((now - at) / 1000) * requestsPerSecond);
      buckets.set(tenantId, { tokens: filled >= 1 ? filled - 1 : filled, at: now });
      // What is over the policy's share is a reserve that nobody is promised.
      if (filled >= 1) return rateHeaders(requestsPerSecond, Math.min(requestsPerSecond, Math.floor(filled - 1)), 1);
      throw new RateLimited(
        `Too many requests: this tenant may make ${requestsPerSecond} a second. Wait a second, then go on more slowly.`,
        requestsPerSecond,
        1,
      );
    },
    open(tenantId, { streams, requestsPerSecond }) {
      const now = open.get(tenantId) ?? 0;
      if (now >= streams)
        throw new RateLimited(
          `Too many open calls: this tenant may have ${streams} calls and streams open at once. End some first.`,
          requestsPerSecond,
          5,
        );
      open.set(tenantId, now + 1);
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        const left = (open.get(tenantId) ?? 1) - 1;
        if (left > 0) open.set(tenantId, left);
        else open.delete(tenantId);
      };
    },
    opened: (tenantId) => open.get(tenantId) ?? 0,
  };
}
