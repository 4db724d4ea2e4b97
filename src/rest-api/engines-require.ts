import type { EngineSide } from '../app/host-admin.ts';
import { BerthError } from '../domain/errors.ts';
import type { RestDeps } from './deps.ts';

/** Throws `not_served` where there is no engine to reach. */
export function enginesRequire({ engines }: Pick<RestDeps, 'engines'>): EngineSide {
  if (engines) return engines;
  throw new BerthError('not_served', 'This server runs as a Worker and reaches no engine. Ask a Berth server that runs on Node.');
}
