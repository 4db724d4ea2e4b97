import { BerthError } from '../domain/errors.ts';
import { RegistryClient } from '../images/registry-client.ts';
import { RegistryRefusal } from '../images/registry-request.ts';
import { registryAddressRefuse } from '../policy/registry-address.ts';
import type { RegistryLogin } from '../policy/registry-login.ts';
import type { App } from './context.ts';

const deadlineMs = 25_000;

/** Tries a credential at its registry as the pull that follows will. Throws `refused` for an inner address, `unauthenticated` when it does not do. */
export async function registryLogin(app: App, login: RegistryLogin): Promise<{ Status: string; IdentityToken: string }> {
  const { registry, username, password, identityToken } = login;
  registryAddressRefuse(registry, app.registriesAllowed);
  const client = new RegistryClient({
    ...{ fetch: app.registryFetch, sha256: app.archiveTools.sha256, registry, signal: AbortSignal.timeout(deadlineMs) },
    credential: { username, password, identityToken, registryToken: '' },
  });
  try {
    await client.login();
  } catch (error) {
    if (!(error instanceof RegistryRefusal)) throw error;
    if (error.status === 401 || error.status === 403)
      throw new BerthError('unauthenticated', 'unauthorized: incorrect username or password');
    throw new BerthError('engine_failed', `The registry answered ${error.status} to the login. Check its name, or try again later.`);
  }
  return { Status: 'Login Succeeded', IdentityToken: '' };
}
