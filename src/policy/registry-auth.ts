import { BerthError } from '../domain/errors.ts';
import { fieldTable } from './field-table.ts';
import { Fields, printable } from './fields.ts';
import { jsonRead } from './json.ts';

const table = fieldTable(
  ['username', 'password', 'auth', 'email', 'serveraddress', 'identitytoken', 'registrytoken'].map((path) => ({
    path,
    verdict: 'served',
    why: 'given to that registry only',
  })),
);

/** Docker's `X-Registry-Auth`, read and written anew; null when there is none in it. Never logged. Throws `malformed`. */
export function registryAuthRead(header: string | null): string | null {
  if (header === null || header === '') return null;
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(header.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  } catch {
    throw new BerthError('malformed', 'X-Registry-Auth is not base64. Run docker login again.');
  }
  const fields = Fields.ofBody(jsonRead(bytes, { maxBytes: 64 * 1024, maxDepth: 2 }), table);
  const auth = Object.fromEntries(
    ['username', 'password', 'serveraddress', 'identitytoken', 'registrytoken'].map((name) => [name, fields.string(name)]),
  );
  for (const unused of ['auth', 'email']) fields.string(unused);
  fields.end();
  if (Object.values(auth).every((value) => value === '')) return null;
  return btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(auth))))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

/** What a tenant has to show to one registry. Fields that it has not are ''. */
export interface RegistryCredential {
  username: string;
  password: string;
  /** A refresh token, instead of a password. */
  identityToken: string;
  /** A bearer token that the registry takes as it is. */
  registryToken: string;
}

/**
 * Of what `registryAuthRead` wrote; null when it has nothing to show. Throws `refused` for a credential that is for another registry than
 * the one that would get it.
 */
export function registryCredentialRead(written: string, registry: string): RegistryCredential | null {
  const bytes = Uint8Array.from(atob(written.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const fields = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, string>;
  const { username = '', password = '', identitytoken: identityToken = '', registrytoken: registryToken = '', serveraddress = '' } = fields;
  if (username === '' && identityToken === '' && registryToken === '') return null;
  const meant = serveraddress === '' ? registry : registryOfAddress(serveraddress);
  if (meant?.toLowerCase() !== registry.toLowerCase())
    throw new BerthError(
      'refused',
      `X-Registry-Auth is for ${printable(meant ?? serveraddress)}, and the image is of ${printable(registry)}. Run docker login ${printable(registry)}.`,
    );
  return { username, password, identityToken, registryToken };
}

const dockerHub = new Set(['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']);

/** `docker.io` or `host[:port]` of an address as clients keep it (`https://index.docker.io/v1/`); null for what is none. */
export function registryOfAddress(serverAddress: string): string | null {
  const registry = /^(?:https?:\/\/)?([^/?#@\s]+)(?:\/.*)?$/.exec(serverAddress)?.[1];
  if (registry === undefined) return null;
  return dockerHub.has(registry.toLowerCase()) ? 'docker.io' : registry;
}
