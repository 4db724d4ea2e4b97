import type { Audit } from '../app/audit.ts';
import { CredentialAstray } from '../auth/astray.ts';
import type { Principal } from '../auth/principal.ts';
import { auditOutcome, auditWants } from '../domain/audit.ts';
import { BerthError } from '../domain/errors.ts';
import { addressPlain } from '../policy/address-range.ts';
import type { Reply, Route } from './route.ts';

/** What is known of a call so far: it may fail at any point. */
export interface Heard {
  method: string;
  address: string | null;
  principal?: Principal;
  route?: Route;
  params?: Record<string, string>;
  /** As the call itself names what it makes. */
  name?: string | null;
}

/** Whether the call is one that changes something, as far as is known. */
export function callChanges({ route }: Heard): boolean {
  return route !== undefined && route.method !== 'GET' && route.method !== 'HEAD' && route.scope !== 'read';
}

/**
 * Writes down what came of a call: a reply, or an error. Resolves when the reply may be sent: a change is written first. Of what streams,
 * the beginning is written, and nothing waits for that: its change is yet to come, and an engine's stream must not be without a reader.
 */
export async function callAudit(audit: Audit, heard: Heard, reply: Reply | null, error: unknown): Promise<void> {
  const code = reply ? null : error instanceof BerthError ? error.code : 'internal';
  const { method, route, params } = heard;
  if (!auditWants(callChanges(heard), code)) return;
  const principal = error instanceof CredentialAstray ? error.principal : heard.principal;
  const written = audit.note({
    tenantId: principal?.kind === 'tenant' ? principal.tenantId : null,
    actorKind: principal?.kind ?? 'stranger',
    actor: principal?.credentialId ?? null,
    address: heard.address === null ? null : addressPlain(heard.address),
    action: route ? `${method} ${route.path}` : 'authenticate',
    targetKind: route?.path.split('/')[1] ?? null,
    targetId: bounded(params?.id ?? params?.name ?? madeId(reply)),
    targetName: bounded(heard.name),
    ...{ outcome: auditOutcome(code), code },
  });
  if (reply?.kind !== 'hijack' && reply?.kind !== 'stream') await written;
}

function madeId(reply: Reply | null): string | null {
  const { Id } = (reply?.kind === 'json' ? reply.body : {}) as { Id?: unknown };
  return typeof Id === 'string' ? Id : null;
}

function bounded(text: string | null | undefined): string | null {
  return text ? text.slice(0, 200) : null;
}
