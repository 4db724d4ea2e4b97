import { type QuotaKind, quotaRefused } from '../domain/quota.ts';

/** Raised by the triggers of migrations/0014: `containers 1000`. */
const sqlState = 'BQ001';

/** Runs a query whose row a trigger counts. Throws `refused` in words for the tenant when that is one too many. */
export async function withinQuota<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    for (let e: unknown = error; e instanceof Error; e = e.cause) {
      if ((e as { code?: string }).code !== sqlState) continue;
      const [kind, most] = e.message.split(' ') as [QuotaKind, string];
      throw quotaRefused(kind, Number(most));
    }
    throw error;
  }
}
