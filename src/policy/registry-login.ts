import { BerthError } from '../domain/errors.ts';
import { fieldTable } from './field-table.ts';
import { Fields } from './fields.ts';
import type { JsonValue } from './json.ts';
import { registryOfAddress } from './registry-auth.ts';

export interface RegistryLogin {
  username: string;
  password: string;
  identityToken: string;
  /** `docker.io` or `host[:port]`. */
  registry: string;
}

const dockerHub = 'https://index.docker.io/v1/';

export const registryLoginRows = ['username', 'password', 'auth', 'email', 'serveraddress', 'identitytoken', 'registrytoken'].map(
  (path) => ({
    path,
    verdict: 'served' as const,
    why: 'given to that registry only',
  }),
);

const table = fieldTable(registryLoginRows);

/** The body of `POST /auth`. Throws `malformed`. */
export function registryLoginRead(body: JsonValue): RegistryLogin {
  const fields = Fields.ofBody(body, table);
  const serverAddress = fields.string('serveraddress') || dockerHub;
  const registry = registryOfAddress(serverAddress);
  if (registry === null) throw new BerthError('malformed', 'serveraddress is not the address of a registry. Write it as host[:port].');
  const login = {
    username: fields.string('username'),
    password: fields.string('password'),
    identityToken: fields.string('identitytoken'),
    registry,
  };
  for (const unused of ['auth', 'email', 'registrytoken']) fields.string(unused);
  fields.end();
  return login;
}
