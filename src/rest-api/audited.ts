import type { Context, MiddlewareHandler } from 'hono';
import { CredentialAstray } from '../auth/astray.ts';
import { auditOutcome, auditWants } from '../domain/audit.ts';
import { BerthError, type ErrorCode } from '../domain/errors.ts';
import { addressPlain } from '../policy/address-range.ts';
import type { RestEnv } from './rest-env.ts';

interface Made {
  id?: unknown;
  deploymentId?: unknown;
  name?: unknown;
}

/** Writes down what came of a call of an operation. */
export function callAudited({ method, path }: { method: string; path: string }): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    await next();
    const code = codeOf(c);
    if (!auditWants(method !== 'get', code)) return;
    const principal = c.error instanceof CredentialAstray ? c.error.principal : c.var.principal;
    const made = code === null ? await madeRead(c.res) : {};
    const [kind, id] = targetOf(c, path);
    await c.var.deps.audit.note({
      tenantId: principal?.kind === 'tenant' ? principal.tenantId : operatorsTenant(c, code),
      actorKind: principal?.kind ?? 'stranger',
      actor: principal?.credentialId ?? null,
      address: c.env.peerAddress === undefined ? null : addressPlain(c.env.peerAddress),
      action: `${method.toUpperCase()} ${path}`,
      ...{ targetKind: kind, targetId: id ?? textOf(made.deploymentId ?? made.id), targetName: textOf(made.name) },
      ...{ outcome: auditOutcome(code), code },
    });
  };
}

function codeOf({ error, res }: Context<RestEnv>): ErrorCode | null {
  if (error instanceof BerthError) return error.code;
  if (error) return 'internal';
  // A request that its schema refuses is answered without an error.
  return res.status >= 400 ? 'malformed' : null;
}

/** What an operator changes of a tenant belongs to that tenant's history; an id that was only guessed does not. */
function operatorsTenant(c: Context<RestEnv>, code: ErrorCode | null): string | null {
  return code === null && c.var.principal?.kind === 'operator' ? (c.req.param('tenantId') ?? null) : null;
}

/** `/v1/hosts/{hostId}/upkeep` is about one of the `hosts`, `/v1/tenants/{tenantId}/tokens` about a new one of the `tokens`. */
function targetOf(c: Context<RestEnv>, path: string): [kind: string | null, id: string | null] {
  const within = path.replace(/^\/v1\/tenants\/\{tenantId\}(?=\/)/, '/v1');
  const [, kind = null, parameter] = /^\/v1\/([\w-]+)(?:\/\{(\w+)\})?/.exec(within) ?? [];
  return [kind, parameter === undefined ? null : textOf(c.req.param(parameter))];
}

async function madeRead(response: Response): Promise<Made> {
  if (!response.headers.get('content-type')?.startsWith('application/json')) return {};
  const made: unknown = await response.clone().json();
  return typeof made === 'object' && made !== null ? made : {};
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, 200) : null;
}
