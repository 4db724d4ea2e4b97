import { base64Url } from '../domain/encoding.ts';
import { BerthError } from '../domain/errors.ts';

/** Tokens read `berth_<43 characters><6 of a checksum>`: a scanner can tell one, and a mistyped one never reaches the database. */
const prefix = 'berth_';
const randomBytes = 32;

export interface TokenMinted {
  /** Shown once. */
  text: string;
  hash: Uint8Array;
  /** Enough to recognise it by, too little to use. */
  prefix: string;
}

export async function tokenMint(): Promise<TokenMinted> {
  const secret = base64Url(crypto.getRandomValues(new Uint8Array(randomBytes)));
  const text = prefix + secret + (await checksum(secret));
  return { text, hash: await tokenHash(text), prefix: text.slice(0, prefix.length + 6) };
}

/** The hash under which a token is stored. Throws `unauthenticated` for what cannot be one. */
export async function tokenHash(text: string): Promise<Uint8Array> {
  const secret = text.slice(prefix.length, -6);
  if (!text.startsWith(prefix) || text.length > 100 || text.slice(-6) !== (await checksum(secret))) throw unauthenticated();
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

/** The same words for unknown, revoked, expired, and used from where it may not be: which of them is nobody's business. */
export function unauthenticated(): BerthError {
  return new BerthError(
    'unauthenticated',
    'This credential is not valid. Use a token or client certificate of your tenant that is neither revoked nor expired.',
  );
}

async function checksum(secret: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${prefix}${secret}`)));
  return base64Url(digest.slice(0, 5)).slice(0, 6);
}
