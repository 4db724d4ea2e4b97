import { BerthError } from '../domain/errors.ts';
import { type ProgressLine, progressEncode } from '../images/progress.ts';
import type { Reply } from './route.ts';

/** Lines of progress. A failure after the first one can only be told in the stream, as an engine does. */
export function progressReply(source: AsyncIterable<ProgressLine>): Reply {
  const body = (async function* () {
    try {
      for await (const line of source) yield progressEncode(line);
    } catch (error) {
      const message =
        error instanceof BerthError ? error.message : 'Something went wrong inside Berth while the image was on its way. Try again.';
      yield progressEncode({ errorDetail: { message }, error: message });
    }
  })();
  return { kind: 'stream', status: 200, headers: { 'Content-Type': 'application/json' }, body };
}
