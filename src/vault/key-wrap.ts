import type { SystemScope } from '../db/scope.ts';
import { authorityGet, wrappedKeyGet, wrappedKeyInsert } from '../db/store/installation.ts';
import { BerthError } from '../domain/errors.ts';
import { cipherKeyBytes } from './cipher.ts';

/** A key management service, as far as Berth needs one. */
export interface KeyWrap {
  wrap(plain: Uint8Array): Promise<Uint8Array>;
  unwrap(wrapped: Uint8Array): Promise<Uint8Array>;
}

/**
 * The installation's key in base64, which lies in the database, wrapped. At the first start it is made, or it is `present`: the one that an
 * older installation was made with. Throws `unavailable` when the service does not open it.
 */
export async function wrappedKeyOpen(scope: SystemScope, service: KeyWrap, present: string | undefined): Promise<string> {
  if (!(await wrappedKeyGet(scope))) {
    if (present === undefined && (await authorityGet(scope, 'client')))
      throw new BerthError(
        'malformed',
        'This database was made with a BERTH_KEY that is not here. Start once with BERTH_KEY and BERTH_KMS_KEY both; from then on KMS keeps it.',
      );
    const plain = present === undefined ? crypto.getRandomValues(new Uint8Array(cipherKeyBytes)) : bytesOf(present);
    await wrappedKeyInsert(scope, await called(() => service.wrap(plain)));
  }
  // What lies there, and not what was made here: another process may have been the first.
  const wrapped = await wrappedKeyGet(scope);
  if (!wrapped) throw new Error('the wrapped key vanished');
  return btoa(String.fromCharCode(...(await called(() => service.unwrap(wrapped)))));
}

async function called<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BerthError(
      'unavailable',
      `The key service does not open this installation's key (${reason}). Check BERTH_KMS_KEY and the AWS settings.`,
      {
        cause,
      },
    );
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}
