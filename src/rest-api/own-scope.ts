import type { Context } from 'hono';
import { principalScope } from '../app/principal-scope.ts';
import { ownRequire } from '../auth/principal.ts';
import { callerOf } from './caller.ts';
import type { RestEnv } from './rest-env.ts';

/** The database as the caller sees it, in an operation whose caller is `own`. */
export function ownScope(c: Context<RestEnv>): ReturnType<typeof principalScope> {
  return principalScope({ db: c.var.deps.system.db }, ownRequire(callerOf(c)));
}
