import { createRoute, type OpenAPIHono, type RouteConfig, type RouteHandler } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { deploymentFind } from '../app/deployment-show.ts';
import { deploymentRequire, operatorRequire, ownRequire, type Principal, scopeRequire, tenantRequire } from '../auth/principal.ts';
import { type ErrorCode, httpStatus } from '../domain/errors.ts';
import type { ScopeNeeded } from '../domain/scopes.ts';
import { problemMediaType, problemTitle } from '../http/problem.ts';
import { callAudited } from './audited.ts';
import { bodyIsJson, bodySized } from './body-guard.ts';
import { requestOnce } from './idempotency.ts';
import { ownScope } from './own-scope.ts';
import { Problem } from './problem-schema.ts';
import type { RestEnv } from './rest-env.ts';

export type RestApi = OpenAPIHono<RestEnv>;

/** Adds itself to the API. */
export type Operation = (api: RestApi) => void;

/**
 * Who may call. anyone: without a credential. holder: with any credential. tenant: the one in the path, or an operator.
 * own: a tenant, about its own things, which its credential names.
 * An operation has to say: there is no default that could be too wide.
 */
export type Caller = 'anyone' | 'holder' | 'tenant' | 'own' | 'operator';

type Route = Omit<RouteConfig, 'security' | 'middleware'>;

/**
 * One operation of `/v1`. The caller is judged before anything else of the request is read, so that a stranger learns nothing
 * from how it is validated. `scope`: what its credential must be good for. `errors`: those beyond what every such operation may answer.
 */
export function operation<R extends Route>(definition: {
  caller: Caller;
  scope: ScopeNeeded;
  errors?: readonly ErrorCode[];
  route: R;
  handle: RouteHandler<R, RestEnv>;
}): Operation {
  const { caller, scope, errors = [], route, handle } = definition;
  const judge = callerJudge(caller, scope, route);
  const once = caller === 'own' && route.method === 'post';
  const full = createRoute({
    ...route,
    responses: { ...problems([...errors, ...usualErrors(caller, scope, route)]), ...route.responses },
    security: caller === 'anyone' ? [] : [{ bearer: [] }],
    'x-berth-caller': caller,
    'x-berth-scope': scope,
    middleware: [callAudited(route), judge, ...(route.request?.body ? [bodySized, bodyIsJson] : []), ...(once ? [requestOnce] : [])],
  });
  return (api) => {
    // Our middleware adds no types; what `handle` takes and gives was checked against `route` above.
    api.openapi(full, handle as never);
  };
}

function usualErrors(caller: Caller, scope: ScopeNeeded, route: Route): ErrorCode[] {
  const { body, params, query } = route.request ?? {};
  const usual: ErrorCode[] = ['internal'];
  if (body ?? params ?? query) usual.push('malformed');
  if (body) usual.push('too_large');
  if (caller !== 'anyone') usual.push('unauthenticated');
  if (caller !== 'anyone' && caller !== 'operator') usual.push('rate_limited');
  if (caller === 'operator' || caller === 'own' || scope !== 'any') usual.push('refused');
  if (params) usual.push('not_found');
  return usual;
}

function problems(codes: ErrorCode[]) {
  const content = { [problemMediaType]: { schema: Problem } };
  return Object.fromEntries(codes.map((code) => [httpStatus[code], { description: problemTitle[code], content }]));
}

function callerJudge(caller: Caller, scope: ScopeNeeded, { method, path }: Route): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    c.set('route', `${method.toUpperCase()} ${path}`);
    if (caller !== 'anyone') {
      const principal = await c.var.deps.authenticator.authenticate({
        authorization: c.req.header('authorization') ?? null,
        certificateSerial: null,
        address: c.env.peerAddress ?? null,
      });
      c.set('principal', principal);
      if (principal.kind === 'tenant') c.set('limit', c.var.deps.traffic.request(principal.tenantId, principal.quota));
      if (caller === 'operator') operatorRequire(principal);
      if (caller === 'own') ownRequire(principal);
      if (caller === 'tenant') tenantRequire(principal, c.req.param('tenantId') ?? '');
      scopeRequire(principal, scope);
      if (scope === 'deploy') await deploymentJudge(c, principal);
    }
    await next();
  };
}

/** A credential for some deployments changes those that are there: it makes no others, and no stack. */
async function deploymentJudge(c: Context<RestEnv>, principal: Principal): Promise<void> {
  if (principal.grants.deployments === null) return;
  const reference = c.req.param('deploymentId');
  deploymentRequire(principal, reference === undefined ? null : (await deploymentFind(ownScope(c), reference)).name);
}
