import { containerEvent, containerFind } from './container.ts';
import { logHistory } from './container-log.ts';
import { EngineError } from './engine-error.ts';
import { flag } from './filters.ts';
import type { Call, Reply, Route } from './http.ts';
import { sessionRun } from './session.ts';
import type { EngineState } from './state.ts';

export const attachRoutes: Route[] = [{ method: 'POST', path: '/containers/{id}/attach', handle: attachCall }];

/** Attached to what does not run yet, a client waits for its start: the CLI attaches first, so that it loses no output. */
function attachCall(engine: EngineState, call: Call): Reply {
  const { query } = call;
  try {
    const container = containerFind(engine, call.params.id ?? '');
    if (container.status === 'paused')
      throw new EngineError(409, `container ${call.params.id} is paused, unpause the container before attach`);
    const { Tty, OpenStdin, StdinOnce } = container.config;
    const stdin = {
      stdinWrite: (data: Buffer) => container.stdio.stdinWrite(data),
      stdinEnd: () => {
        if (StdinOnce && !Tty) container.stdio.stdinEnd();
      },
    };
    return {
      hijack(client) {
        containerEvent(engine, container, 'attach');
        const history = flag(query.get('logs')) ? logHistory(container.log, Tty) : Buffer.alloc(0);
        if (!flag(query.get('stream'))) return void client.end(history, () => client.destroy());
        sessionRun(client, {
          stdio: container.stdio,
          tty: Tty,
          stdout: flag(query.get('stdout')),
          stderr: flag(query.get('stderr')),
          stdin: OpenStdin && flag(query.get('stdin')) ? stdin : null,
          history,
          detached: () => containerEvent(engine, container, 'detach'),
        });
      },
    };
  } catch (error) {
    // A real engine has already set the stream's type when it finds out.
    if (!(error instanceof EngineError)) throw error;
    return { status: error.status, text: `${error.message}\r\n`, contentType: 'application/vnd.docker.raw-stream' };
  }
}
