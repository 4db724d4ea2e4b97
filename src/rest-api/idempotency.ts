import { z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { idempotent } from '../app/idempotent.ts';
import { operationFind } from '../app/operation-read.ts';
import { BerthError } from '../domain/errors.ts';
import { problemMediaType } from '../http/problem.ts';
import { operationView } from './operation-schema.ts';
import { ownScope } from './own-scope.ts';
import type { RestEnv } from './rest-env.ts';

export const IdempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable characters without spaces')
    .optional()
    .openapi({
      description: 'Whatever happens to the reply: a request that is sent again with the same key, within 24 hours, is done once.',
    }),
});

/**
 * With an Idempotency-Key the request is done once. Its operation gets an id that follows from the key, so that work that was done by
 * a process which died before it answered is found, in place of being done again.
 */
export const requestOnce: MiddlewareHandler<RestEnv> = async (c, next) => {
  const key = c.req.header('idempotency-key');
  if (key === undefined) return next();
  const { 'idempotency-key': known } = IdempotencyHeaders.shape;
  const problem = known.safeParse(key).error?.issues[0];
  if (problem) throw new BerthError('malformed', `Idempotency-Key ${problem.message}.`);
  const scope = ownScope(c);
  c.set('workId', await workIdOf(scope.tenantId, key));
  const digest = await sha256Hex(`${c.req.method}\n${c.req.path}\n${new URL(c.req.url).search}\n${await c.req.text()}`);
  const { status, body, repeated } = await idempotent(scope, key, digest, async () => {
    const done = await operationFind(scope, c.var.workId as string);
    if (done) return { status: 202, body: operationView(done) };
    await next();
    const text = await c.res.clone().text();
    return { status: c.res.status, body: text === '' ? null : JSON.parse(text) };
  });
  if (!repeated && c.finalized) return;
  const type = status < 400 ? 'application/json' : problemMediaType;
  c.res = new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': type, ...(repeated && { 'idempotency-replayed': 'true' }) },
  });
};

/** The id of the operation that a request makes. */
export function workId(c: Context<RestEnv>): string {
  return c.var.workId ?? crypto.randomUUID();
}

/** A UUID of version 8 (RFC 9562), made of a digest. */
async function workIdOf(tenantId: string, key: string): Promise<string> {
  const hex = await sha256Hex(`${tenantId}\n${key}`);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
