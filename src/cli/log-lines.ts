/** So long a line may wait for the next ones. */
const waitMs = 20;
const mostChars = 64 * 1024;

/** Writes lines to stderr, many at once: writing to a pipe or a file holds everything up, each time anew. */
export function logLines(): (line: string) => void {
  let lines = '';
  let timer: NodeJS.Timeout | undefined;
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    process.stderr.write(lines);
    lines = '';
  };
  process.once('exit', write);
  return (line) => {
    lines += `${line}\n`;
    if (lines.length > mostChars) write();
    else timer ??= setTimeout(write, waitMs);
  };
}
