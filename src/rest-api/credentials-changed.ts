import type { RestDeps } from './deps.ts';

/** Awaited before a revocation is answered: from the answer on no live process takes the credential any more. */
export async function credentialsChanged({ authenticator, engines }: Pick<RestDeps, 'authenticator' | 'engines'>): Promise<void> {
  authenticator.forget();
  await engines?.barrier();
}
