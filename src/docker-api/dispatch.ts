import type { Audit } from '../app/audit.ts';
import type { App } from '../app/context.ts';
import { principalScope } from '../app/principal-scope.ts';
import type { Authenticator, Credentials } from '../auth/authenticate.ts';
import { scopeRequire } from '../auth/principal.ts';
import { BerthError, httpStatus } from '../domain/errors.ts';
import { type RateHeaders, RateLimited, type TenantTraffic } from '../domain/request-rate.ts';
import { bodyBytes, bodyTooLarge, noBody } from '../http/body.ts';
import { buildkitRefused } from '../policy/build-request.ts';
import { type JsonValue, jsonLimits, jsonRead } from '../policy/json.ts';
import { pathRead } from '../policy/path.ts';
import { queryRead } from '../policy/query.ts';
import { callAudit, callChanges, type Heard } from './audited.ts';
import { refusedWhy } from './refused-endpoints.ts';
import type { Reply, Route } from './route.ts';
import type { RouteTable } from './route-match.ts';
import { apiVersionRead } from './versions.ts';

/** A request as it came, before anything of it is believed. */
export interface Request {
  method: string;
  /** Path and query as sent. */
  target: string;
  header(name: string): string | null;
  credentials: Credentials;
  body: AsyncIterable<Uint8Array>;
  signal: AbortSignal;
  /** Told of the credential once it is known to be valid, whatever comes of the call. */
  authenticated(credentialId: string): void;
  /** Told what the answer says of the tenant's share, whatever comes of the call. */
  limited(headers: RateHeaders): void;
  /** Given what to call once the call is over, its stream included. */
  ends(over: () => void): void;
  /** Told of the route's template once there is one. */
  matched(route: string): void;
}

export interface Dispatcher {
  app: App;
  authenticator: Authenticator;
  audit: Audit;
  traffic: TenantTraffic;
  routes: RouteTable;
}

/** For a body that is read whole. One that is passed on, a tar of any size, may take as long as it takes. */
const jsonBodyMs = 20_000;

/** Who, what, where: authenticates, matches the allowlist, asks for the route's scope, reads query and body, and lets the route answer. Throws BerthError. */
export async function dispatch(dispatcher: Dispatcher, request: Request): Promise<Reply> {
  const heard: Heard = { method: request.method, address: request.credentials.address };
  try {
    const reply = await serve(dispatcher, request, heard);
    await callAudit(dispatcher.audit, heard, reply, null);
    return reply;
  } catch (error) {
    await callAudit(dispatcher.audit, heard, null, error);
    throw error;
  }
}

async function serve({ app, authenticator, traffic, routes }: Dispatcher, request: Request, heard: Heard): Promise<Reply> {
  const principal = await authenticator.authenticate(request.credentials);
  heard.principal = principal;
  request.authenticated(principal.credentialId);
  if (principal.kind !== 'tenant')
    throw new BerthError('refused', 'An operator token opens the REST API only. Use a token or client certificate of a tenant here.');
  request.limited(traffic.request(principal.tenantId, principal.quota));
  request.ends(traffic.open(principal.tenantId, principal.quota));
  const path = pathRead(request.target);
  const version = apiVersionRead(path.version);
  const match = routes.match(request.method, path.segments);
  if (!('route' in match)) throw notServed(request.method, path.segments, match.allowed);
  const { route, params } = match;
  Object.assign(heard, { route, params });
  request.matched(route.path);
  scopeRequire(principal, route.scope);
  const query = queryRead(path.search, route.repeatable, route.echoed);
  for (const name of route.query) query.list(name);
  query.rest();
  const json = await bodyJson(route, request);
  if (callChanges(heard)) heard.name = nameOf(path.search, json);
  return route.handle({
    app,
    principal,
    scope: principalScope(app, principal),
    version,
    params,
    query,
    json,
    stream: request.body,
    header: request.header,
    // Asked for by the calls that last: see upgrade-gone.ts.
    get signal() {
      return request.signal;
    },
  });
}

/** What a call names that it makes: in its query, or in its body. */
function nameOf(search: string, json: JsonValue): string | null {
  const query = new URLSearchParams(search);
  const { Name } = (json ?? {}) as { Name?: unknown };
  return query.get('name') ?? query.get('fromImage') ?? query.get('repo') ?? (typeof Name === 'string' ? Name : null);
}

/** What a tenant reads of a failure. An error that is not ours is a fault of ours: logged by the caller, told to nobody. */
export function errorReply(error: unknown): Reply {
  if (!(error instanceof BerthError))
    return {
      kind: 'json',
      status: 500,
      body: { message: 'Something went wrong inside Berth. It has been logged; try again, and tell the operator if it stays.' },
    };
  if (error.code === 'not_modified') return { kind: 'empty', status: 304 };
  return {
    kind: 'json',
    status: httpStatus[error.code],
    body: { message: error.message },
    ...(error instanceof RateLimited && { headers: error.headers }),
  };
}

function notServed(method: string, segments: string[], allowed: string[]): BerthError {
  if (segments.length === 1 && (segments[0] === 'session' || segments[0] === 'grpc')) return buildkitRefused();
  const path = `/${segments.join('/')}`.slice(0, 100);
  const hint = allowed.length > 0 ? ` (only ${allowed.join(', ')})` : '';
  const why = refusedWhy(method, segments);
  if (why !== null) return new BerthError('not_served', `${method} ${path} is not served by Berth. ${why} See docs/divergence.md.`);
  return new BerthError('not_served', `${method} ${path} is not served by Berth${hint}. docs/divergence.md says what is, and why.`);
}

async function bodyJson(route: Route, request: Request): Promise<JsonValue> {
  if (route.body === 'stream' || request.body === noBody) return null;
  if (route.body === 'input' && request.header('transfer-encoding') !== null && request.header('upgrade') === null) return null;
  if (Number(request.header('content-length') ?? 0) > jsonLimits.maxBytes) throw bodyTooLarge(jsonLimits.maxBytes);
  const bytes = await bodyBytes(request.body, jsonLimits.maxBytes, jsonBodyMs);
  if (bytes.length === 0) return null;
  const type = request.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/x-www-form-urlencoded' || type.startsWith('multipart/'))
    throw new BerthError('malformed', `A body of type ${type} is not read here. Send JSON.`);
  const value = jsonRead(bytes);
  if (route.body === 'json') return value;
  // dockerode sends its options twice, in the query and as a body. Only the query counts, for an engine too.
  const repeated =
    value === null || (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).every((key) => route.query.includes(key)));
  if (!repeated) throw new BerthError('malformed', 'This request takes no body. Leave it out.');
  return null;
}
