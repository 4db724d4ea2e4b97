import { containerFind } from './container.ts';
import type { LogLine } from './container-log.ts';
import { EngineError } from './engine-error.ts';
import { flag } from './filters.ts';
import type { Call, Reply, Route } from './http.ts';
import type { EngineState } from './state.ts';
import { frame } from './stdio.ts';
import { nanosParse, rfc3339Nano } from './time.ts';

export const logRoutes: Route[] = [{ method: 'GET', path: '/containers/{id}/logs', handle: containerLogs }];

function containerLogs(engine: EngineState, call: Call): Reply {
  const { query } = call;
  const streams = new Set([flag(query.get('stdout')) ? 1 : 0, flag(query.get('stderr')) ? 2 : 0]);
  if (!streams.has(1) && !streams.has(2)) throw new EngineError(400, 'Bad parameters: you must choose at least one stream');
  const container = containerFind(engine, call.params.id ?? '');
  if ((container.hostConfig.LogConfig as { Type: string }).Type === 'none') {
    throw new EngineError(501, 'configured logging driver does not support reading');
  }
  const since = nanosParse(query.get('since') || '0');
  const until = nanosParse(query.get('until') || '0');
  const timestamps = flag(query.get('timestamps'));
  const wanted = (line: LogLine) => streams.has(line.stream) && line.nanos >= since && (until === 0n || line.nanos <= until);
  const bytesOf = (line: LogLine) => {
    const data = timestamps ? Buffer.concat([Buffer.from(`${rfc3339Nano(line.nanos)} `), line.data]) : line.data;
    return container.config.Tty ? data : frame(line.stream, data);
  };
  const tail = /^\d+$/.test(query.get('tail') ?? '') ? Number(query.get('tail')) : Number.POSITIVE_INFINITY;
  return {
    status: 200,
    stream(out) {
      const past = container.log.lines.filter(wanted);
      for (const line of past.slice(Math.max(0, past.length - tail))) out.write(bytesOf(line));
      if (!flag(query.get('follow')) || container.process === null) return void out.end();
      const leave = container.log.follow((line) => {
        if (wanted(line)) out.write(bytesOf(line));
      });
      const unlisten = container.stdio.listen({ output: () => undefined, ended: () => out.end() });
      out.on('close', () => {
        leave();
        unlisten();
      });
    },
  };
}
