import type { Context } from 'hono';
import type { Principal } from '../auth/principal.ts';
import { unauthenticated } from '../auth/token.ts';
import type { RestEnv } from './rest-env.ts';

/** Who calls an operation that is not for anyone. */
export function callerOf(c: Context<RestEnv>): Principal {
  const { principal } = c.var;
  if (!principal) throw unauthenticated();
  return principal;
}
