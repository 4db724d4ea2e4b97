import type { Client } from '../cli/stage.ts';

/** Makes a client that reads DOCKER_HOST and its like when it is made, for this tenant. */
export function environmentOf<T>(tenant: Client, make: () => T): T {
  const before = { ...process.env };
  Object.assign(process.env, tenant.env);
  try {
    return make();
  } finally {
    for (const name of Object.keys(tenant.env)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
