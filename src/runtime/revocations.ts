import type { Authenticator } from '../auth/authenticate.ts';
import type { Bus } from '../db/bus.ts';
import type { OpenedConnections } from '../docker-api/upgrade-opened.ts';
import type { Log } from '../domain/log.ts';

const deafMs = 300;
/** An expiry comes without a word from anybody. */
const expiryMs = 3_000;

/**
 * Ends what a credential holds open once it is revoked, expired, or its tenant is being deleted: as soon as this process hears of a
 * change, and by asking again and again while it may not have heard.
 */
export function revocationsFollow(bus: Bus, authenticator: Authenticator, opened: OpenedConnections, log: Log): { stop(): void } {
  let askedAt = 0;
  const ask = async () => {
    const held = opened.credentials();
    if (held.length === 0) return;
    askedAt = Date.now();
    const living = new Set(await authenticator.living(held));
    for (const credentialId of held) if (!living.has(credentialId)) opened.end(credentialId);
  };
  const askNow = () =>
    void ask().catch((error) => log.warn('open connections could not be checked for revoked credentials', { cause: String(error) }));
  const changed = () => {
    authenticator.forget();
    askNow();
  };
  for (const topic of ['row:token', 'row:client_certificate', 'row:tenant', 'resync']) bus.on(topic, changed);
  const timer = setInterval(() => {
    if (!bus.hears() || Date.now() - askedAt > expiryMs) askNow();
  }, deafMs);
  return { stop: () => clearInterval(timer) };
}
