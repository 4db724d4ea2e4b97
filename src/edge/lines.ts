import type { Readable } from 'node:stream';

/** Calls `onLine` for each whole line that arrives. Our own processes write short ones; an endless one is a stranger's, and ends the stream. */
export function linesRead(stream: Readable, onLine: (line: string) => void): void {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    if (text.length > maxLineLength) stream.destroy();
    for (const line of lines) onLine(line);
  });
}

const maxLineLength = 4_096;
