import type { Filter } from '../types.ts';

/** gVisor's runtime, under the name its packages install it by. */
export const sandboxRuntime = 'runsc';

export const isolationFilter: Filter = (host, request) =>
  request.isolation === 'sandboxed' && !host.runtimes.includes(sandboxRuntime) ? 'without the runtime for sandboxed containers' : null;
