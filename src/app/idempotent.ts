import type { TenantScope } from '../db/scope.ts';
import { idempotencyAnswer, idempotencyClaim, idempotencyFree, idempotencyRenew } from '../db/store/idempotency.ts';
import { BerthError } from '../domain/errors.ts';

export interface Answer {
  status: number;
  body: unknown;
}

const renewMs = 3_000;
const lookMs = 100;
const waitMs = 55_000;

/**
 * Does a request once, however often it is sent under one key: whoever comes while it is worked on waits for it, whoever comes later
 * gets the same answer. An answer of 500 or above is none to keep: the next request tries again. Throws `unprocessable` for a key that
 * was used for another request.
 */
export async function idempotent(
  scope: TenantScope,
  key: string,
  digest: string,
  work: () => Promise<Answer>,
): Promise<Answer & { repeated: boolean }> {
  for (const end = Date.now() + waitMs; ; ) {
    const known = await idempotencyClaim(scope, key, digest);
    if (!known) return { ...(await workOnce(scope, key, work)), repeated: false };
    if (known.digest !== digest)
      throw new BerthError(
        'unprocessable',
        'Idempotency-Key: it was used for another request. Use a new key for each thing you want done.',
      );
    if (known.status !== null) return { status: known.status, body: known.response, repeated: true };
    if (Date.now() > end)
      throw new BerthError(
        'deadline',
        'The first request with this Idempotency-Key is still being worked on. Ask again with the same key.',
      );
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

async function workOnce(scope: TenantScope, key: string, work: () => Promise<Answer>): Promise<Answer> {
  const renewing = setInterval(() => idempotencyRenew(scope, key).catch(() => {}), renewMs);
  try {
    const answer = await work();
    if (answer.status < 500) await idempotencyAnswer(scope, key, answer.status, answer.body);
    else await idempotencyFree(scope, key);
    return answer;
  } finally {
    clearInterval(renewing);
  }
}
