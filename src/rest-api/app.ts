import { type Hook, OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { BerthError } from '../domain/errors.ts';
import { type FieldProblem, problemResponse } from '../http/problem.ts';
import { targetStorable } from './body-guard.ts';
import type { RestDeps } from './deps.ts';
import { documentPath, openApiDocument } from './document.ts';
import { fieldProblems } from './field-problems.ts';
import { operations } from './operations.ts';
import type { RestEnv } from './rest-env.ts';

/** `/v1` and what an operator's tools ask for, as one app for any runtime that has fetch. */
export function restApp(deps: RestDeps): OpenAPIHono<RestEnv> {
  const app = new OpenAPIHono<RestEnv>({ defaultHook: validated });
  app.use(requestFrame(deps));
  app.use(targetStorable);
  for (const add of operations) add(app);
  const document = lazily(() => JSON.stringify(openApiDocument(app, deps.version)));
  app.get(documentPath, (c) => {
    c.set('route', `GET ${documentPath}`);
    return c.body(document(), 200, { 'content-type': 'application/json' });
  });
  app.notFound((c) =>
    answer(c, new BerthError('not_found', `${c.req.method} ${c.req.path.slice(0, 100)} is not served. ${documentPath} lists what is.`)),
  );
  app.onError((error, c) =>
    answer(c, error instanceof HTTPException ? new BerthError('malformed', httpExceptionWords(error), { cause: error }) : error),
  );
  return app;
}

const headers = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Around every request: its id, its headers, its line in the log and its count. */
function requestFrame(deps: RestDeps): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    const began = performance.now();
    const requestId = crypto.randomUUID();
    c.set('deps', deps);
    c.set('requestId', requestId);
    c.set('route', 'none');
    await next();
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    for (const [name, value] of Object.entries(c.var.limit ?? {})) c.header(name, value);
    c.header('x-request-id', requestId);
    const ms = performance.now() - began;
    const { method, path } = c.req;
    deps.metrics.requestEnded({ face: 'rest', route: c.var.route, status: c.res.status, seconds: ms / 1000 });
    deps.log.info('request', {
      requestId,
      method,
      path,
      status: c.res.status,
      ms: Math.round(ms),
      credential: c.var.principal?.credentialId,
    });
  };
}

/** What a caller calls what Hono calls its targets. */
const partNames: Partial<Record<string, string>> = { json: 'body', param: 'path' };

const validated: Hook<unknown, RestEnv, string, Response | undefined> = (result, c) => {
  if (result.success) return undefined;
  const fields = fieldProblems(result.error.issues, partNames[result.target] ?? result.target);
  const words = fields.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return answer(c, new BerthError('malformed', words), fields);
};

function answer(c: Context<RestEnv>, error: unknown, fields?: FieldProblem[]): Response {
  const { deps, requestId, principal } = c.var;
  if (!(error instanceof BerthError) || error.code === 'internal')
    deps.log.error('a request failed', error, { requestId, method: c.req.method, path: c.req.path });
  return problemResponse(error, { requestId, operator: principal?.kind === 'operator', fields });
}

/** Hono throws these for a body that cannot be read; their words name no field. */
function httpExceptionWords(error: HTTPException): string {
  return error.status === 400 ? 'The body is not valid JSON.' : error.message;
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
