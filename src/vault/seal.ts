import { BerthError } from '../domain/errors.ts';
import { cipherKeyBytes, cipherOpen } from './cipher.ts';

/** Encrypts what lies in Postgres: keys of authorities and of tenants, engines' certificates. */
export interface Seal {
  seal(plain: string): Promise<Uint8Array>;
  /** Throws `internal` when the value was sealed under another key. */
  open(sealed: Uint8Array): Promise<string>;
}

/** `key`: 32 bytes in base64, as `BERTH_KEY` holds them. */
export async function sealOpen(key: string): Promise<Seal> {
  const raw = Uint8Array.from(atob(key), (c) => c.charCodeAt(0));
  if (raw.length !== cipherKeyBytes)
    throw new BerthError('malformed', `BERTH_KEY must be 32 bytes in base64, not ${raw.length}. Make one with: openssl rand -base64 32`);
  const cipher = await cipherOpen(raw);
  return {
    seal: (plain) => cipher.seal(new TextEncoder().encode(plain)),
    async open(sealed) {
      try {
        return new TextDecoder().decode(await cipher.open(sealed));
      } catch (cause) {
        throw new BerthError(
          'internal',
          'A stored key cannot be opened: this server runs with another BERTH_KEY than the one the database was made with.',
          { cause },
        );
      }
    },
  };
}
