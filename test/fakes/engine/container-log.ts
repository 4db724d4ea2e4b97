import { frame } from './stdio.ts';

export interface LogLine {
  stream: 1 | 2;
  nanos: bigint;
  /** With its line feed, unless the process ended without one. */
  data: Buffer;
}

/** What a container has printed, by lines, as the json-file driver keeps it. */
export class ContainerLog {
  readonly lines: LogLine[] = [];
  readonly #followers = new Set<(line: LogLine) => void>();

  write(stream: 1 | 2, nanos: bigint, data: Buffer): void {
    for (let start = 0; start < data.length; ) {
      const feed = data.indexOf(10, start);
      const end = feed < 0 ? data.length : feed + 1;
      const line = { stream, nanos, data: data.subarray(start, end) };
      this.lines.push(line);
      for (const follower of this.#followers) follower(line);
      start = end;
    }
  }

  follow(follower: (line: LogLine) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}

/** For attach with `logs=1`: all that was printed, framed unless it is a terminal's. */
export function logHistory(log: ContainerLog, tty: boolean): Buffer {
  return Buffer.concat(log.lines.map(({ stream, data }) => (tty ? data : frame(stream, data))));
}
