import { frameParts, type OutputStream } from './frames.ts';

/** An engine cuts what a container writes at 16 KiB; with a terminal nothing marks the cut, and a line goes on. */
const maxLineBytes = 64 * 1024;
const newline = 0x0a;

export interface LogLine {
  stream: OutputStream;
  /** RFC 3339 to the nanosecond, as the engine wrote it down. */
  time: string;
  line: string;
}

/**
 * The lines of a log that was asked for with timestamps, as they come. A frame is one line; with a terminal (`tty`) there are no
 * frames, and all is stdout. A line longer than its bound comes in parts.
 */
export async function* logLines(source: AsyncIterable<Uint8Array>, tty: boolean): AsyncGenerator<LogLine> {
  const held: Record<OutputStream, Uint8Array[]> = { stdout: [], stderr: [] };
  let time = '';
  for await (const { stream, bytes, whole } of tty ? terminalParts(source) : frameParts(source)) {
    const parts = held[stream];
    parts.push(bytes);
    if (!whole && byteCount(parts) < maxLineBytes) continue;
    held[stream] = [];
    const text = Buffer.concat(parts)
      .toString('utf8')
      .replace(/\r?\n$/, '');
    const [stamp = '', stamped] = /^(\d{4}-\d\d-\d\dT\S+) /.exec(text) ?? [];
    // What follows a cut carries no time of its own.
    if (stamped !== undefined) time = stamped;
    if (time !== '') yield { stream, time, line: text.slice(stamp.length) };
  }
}

async function* terminalParts(source: AsyncIterable<Uint8Array>): ReturnType<typeof frameParts> {
  let whole = true;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const end = chunk.indexOf(newline, at);
      const next = end < 0 ? chunk.length : end + 1;
      whole = end >= 0;
      yield { stream: 'stdout', bytes: chunk.subarray(at, next), whole };
      at = next;
    }
  }
  // A prompt has no end.
  if (!whole) yield { stream: 'stdout', bytes: new Uint8Array(), whole: true };
}

function byteCount(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
