/** One instruction of a Dockerfile as it is written: before anything in it is understood or replaced. */
export interface DockerfileNode {
  /** In lower case: `run`. Any word; it is the reader of instructions who knows them. */
  keyword: string;
  /** `--chown=1`, with quotes and escapes undone. */
  flags: string[];
  args: string[];
  /** The arguments were a JSON list. */
  json: boolean;
  /** Its whole line, continuations joined. */
  original: string;
  /** Where it begins, from 1. */
  line: number;
}

/** White space as Go's unicode.IsSpace has it. */
const space = '\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const leading = new RegExp(`^[${space}]+`);
const trailing = new RegExp(`[${space}]+$`);
const one = new RegExp(`^[${space}]$`);

export function isSpace(character: string): boolean {
  return one.test(character);
}

export function trimLeft(text: string): string {
  return text.replace(leading, '');
}

export function trim(text: string): string {
  return trimLeft(text).replace(trailing, '');
}
