import type { SystemScope } from '../db/scope.ts';
import {
  type CredentialOwner,
  certificateOwner,
  certificateUsed,
  credentialsLiving,
  tokenOwner,
  tokenUsed,
} from '../db/store/credential.ts';
import { addressWithin } from '../policy/address-range.ts';
import { CredentialAstray } from './astray.ts';
import type { Principal } from './principal.ts';
import { tokenHash, unauthenticated } from './token.ts';

/** What a caller showed: at most one of them counts, the token first since it was sent on purpose with this call. */
export interface Credentials {
  authorization: string | null;
  /** Hex serial of a client certificate that our own client authority signed and TLS verified. */
  certificateSerial: string | null;
  /** Where the caller's end of the connection is; null: nobody knows, and a credential that is limited to addresses is not taken. */
  address: string | null;
}

export interface Authenticator {
  /** Throws `unauthenticated`, in the same words whatever is wrong. */
  authenticate(credentials: Credentials): Promise<Principal>;
  /** Which of these are neither revoked nor expired now. */
  living(credentialIds: string[]): Promise<string[]>;
  /** A credential's row changed: what is remembered of any is forgotten. */
  forget(): void;
}

const usedEveryMs = 60_000;

/** A remembered answer is good while this process hears of every revocation; else the database is asked each time. */
export function authenticatorMake(scope: SystemScope, hearsRevocations: () => boolean): Authenticator {
  const remembered = new Map<string, { principal: Principal; expiresAt: number }>();
  const limit = 10_000;
  const usedAt = new Map<string, number>();
  let generation = 0;

  const recall = (key: string): Principal | undefined => {
    const known = remembered.get(key);
    return known && hearsRevocations() && known.expiresAt > Date.now() ? known.principal : undefined;
  };

  async function look(key: string, ask: () => Promise<CredentialOwner | undefined>): Promise<Principal> {
    const known = recall(key);
    if (known) return known;
    const asked = generation;
    const owner = await ask();
    // A revocation that arrived while we asked may not be in the answer.
    if (asked !== generation) return look(key, ask);
    if (!owner) {
      remembered.delete(key);
      throw unauthenticated();
    }
    const { credentialId, tenantId, quota, scopes, deployments, addresses } = owner;
    const credential = { credentialId, grants: { scopes, deployments, addresses } };
    const principal: Principal =
      tenantId === null || quota === null ? { kind: 'operator', ...credential } : { kind: 'tenant', tenantId, quota, ...credential };
    if (remembered.size >= limit) remembered.clear();
    remembered.set(key, { principal, expiresAt: owner.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY });
    return principal;
  }

  /** Nobody waits for it, and a minute's use that is not written down does no harm. */
  function used({ credentialId }: Principal, write: typeof tokenUsed): void {
    const now = Date.now();
    if (now - (usedAt.get(credentialId) ?? 0) < usedEveryMs) return;
    if (usedAt.size >= limit) usedAt.clear();
    usedAt.set(credentialId, now);
    write(scope, credentialId).catch(() => usedAt.delete(credentialId));
  }

  async function principalOf({ authorization, certificateSerial }: Credentials): Promise<[Principal, typeof tokenUsed]> {
    if (authorization !== null) {
      const text = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
      if (text === undefined) throw unauthenticated();
      const known = recall(text);
      if (known) return [known, tokenUsed];
      const hash = await tokenHash(text);
      return [await look(text, () => tokenOwner(scope, hash)), tokenUsed];
    }
    if (certificateSerial === null) throw unauthenticated();
    return [await look(`serial:${certificateSerial}`, () => certificateOwner(scope, certificateSerial)), certificateUsed];
  }

  return {
    async authenticate(credentials) {
      const [principal, write] = await principalOf(credentials);
      const { addresses } = principal.grants;
      if (addresses !== null && !addressWithin(credentials.address ?? '', addresses)) throw new CredentialAstray(principal);
      used(principal, write);
      return principal;
    },
    living: (credentialIds) => credentialsLiving(scope, credentialIds),
    forget() {
      generation++;
      remembered.clear();
    },
  };
}
