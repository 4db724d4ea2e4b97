import { apiVersionAtLeast } from '../../policy/api-version.ts';
import type { Filter } from '../types.ts';

/** What only newer engines can do is a reason to be placed there. */
export const apiVersionFilter: Filter = (host, request) => {
  const needed = request.apiVersionNeeded ?? null;
  return needed === null || apiVersionAtLeast(host.apiVersion, needed) ? null : `older than this container needs (Docker API ${needed})`;
};
