import { type Container, containerFind, containerRuns } from './container.ts';
import type { Call, Reply, Route } from './http.ts';
import type { EngineState } from './state.ts';

export const waitRoutes: Route[] = [{ method: 'POST', path: '/containers/{id}/wait', handle: waitCall }];

/** Headers go out at once and the body when the condition holds: the CLI sends wait before start and blocks on the headers. */
function waitCall(engine: EngineState, call: Call): Reply {
  const container = containerFind(engine, call.params.id ?? '');
  return {
    status: 200,
    contentType: 'application/json',
    stream(out) {
      const answer = () => out.end(`${JSON.stringify({ Error: null, StatusCode: container.exitCode })}\n`);
      waitFor(container, call.query.get('condition'), answer);
    },
  };
}

/** Any condition but `next-exit` and `removed` means `not-running`. A removal ends every wait. */
function waitFor(container: Container, condition: string | null, done: () => void): void {
  if (condition === 'removed') container.removeWaiters.push(done);
  else if (condition === 'next-exit' || containerRuns(container)) container.exitWaiters.push(done);
  else done();
}
