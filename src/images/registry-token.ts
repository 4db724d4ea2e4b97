import { BerthError } from '../domain/errors.ts';
import type { RegistryCredential } from '../policy/registry-auth.ts';
import { bytesLimited } from './bytes-limited.ts';
import { type RegistryFetch, RegistryRefusal } from './registry-request.ts';

const tokenLimit = 64 * 1024;

export interface TokenAsk {
  fetch: RegistryFetch;
  /** The `WWW-Authenticate` header of a 401. */
  challenge: string | null;
  credential: RegistryCredential | null;
  /** `repository:library/busybox:pull`; null for a mere login. Our own words, since a registry could ask for more than is needed. */
  scope: string | null;
  signal: AbortSignal;
}

/**
 * The `Authorization` that a registry asks for: Basic, or a token of the server it names. Throws RegistryRefusal 401 when the credential does
 * not do. Sources: distribution.github.io/distribution/spec/auth/token and /oauth.
 */
export async function registryAuthorization({ fetch, challenge, credential, scope, signal }: TokenAsk): Promise<string> {
  const { scheme, parameters } = challengeRead(challenge ?? '');
  const basic = credential?.username ? `Basic ${base64(`${credential.username}:${credential.password}`)}` : null;
  if (scheme === 'basic' && basic !== null) return basic;
  if (scheme !== 'bearer') throw new RegistryRefusal(401, 'UNAUTHORIZED');
  const realm = URL.parse(parameters.get('realm') ?? '');
  if (realm === null) throw unreadable();
  const asked = { service: parameters.get('service') ?? '', ...(scope === null ? {} : { scope }) };
  const refresh = credential?.identityToken ?? '';
  if (refresh === '') for (const [name, value] of Object.entries(asked)) realm.searchParams.set(name, value);
  const reply = await fetch(
    refresh === ''
      ? { method: 'GET', url: realm.href, headers: basic === null ? {} : { authorization: basic }, signal }
      : {
          ...{ method: 'POST', url: realm.href, signal },
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refresh, client_id: 'berth', ...asked }).toString(),
        },
  );
  const bytes = await bytesLimited(reply.body, tokenLimit);
  if (reply.status !== 200) throw new RegistryRefusal(reply.status === 403 ? 401 : reply.status, 'UNAUTHORIZED');
  const token = tokenOf(bytes);
  // Else it would not be one header.
  if (!/^[\x21-\x7e]+$/.test(token)) throw unreadable();
  return `Bearer ${token}`;
}

/** The first challenge that we can meet. RFC 9110, 11.6.1. */
function challengeRead(header: string): { scheme: string; parameters: Map<string, string> } {
  const [, scheme = '', rest = ''] = /(?:^|,)\s*(bearer|basic)(?:\s+(.*))?$/i.exec(header.slice(0, 4096)) ?? [];
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain] of rest.matchAll(/([a-z_]+)=(?:"([^"]*)"|([^\s,"]+))/gi)) {
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), quoted ?? plain ?? '');
  }
  return { scheme: scheme.toLowerCase(), parameters };
}

function tokenOf(bytes: Uint8Array): string {
  let answer: { token?: unknown; access_token?: unknown } | null;
  try {
    answer = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw unreadable();
  }
  const token = answer?.token ?? answer?.access_token;
  return typeof token === 'string' ? token : '';
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function unreadable(): BerthError {
  return new BerthError(
    'engine_failed',
    'The registry asks for a login in a way that cannot be understood. Try again, or ask whoever runs it.',
  );
}
