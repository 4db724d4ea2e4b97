import { BerthError } from '../domain/errors.ts';
import { textInterpolate, type Variables } from './compose-interpolate.ts';

/**
 * The lines of an env file: `NAME=value`, with quotes, comments, `export` and variables, by the Compose specification (05-services.md,
 * env_file). A name alone takes its value from `variables`. Throws `malformed` with the line.
 */
export function envFileRead(text: string, file: string, variables: Variables): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [index, written] of text.split(/\r?\n/).entries()) {
    const line = written.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, name = '', , value] = /^(?:export\s+)?([a-zA-Z_][\w.-]*)\s*(=\s*(.*))?$/.exec(line) ?? [];
    const at = `${file}, line ${index + 1}`;
    if (name === '') throw new BerthError('malformed', `${at}: this is not NAME=value.`);
    if (value !== undefined) read[name] = valueRead(value, at, { ...variables, ...read });
    else if (variables[name] !== undefined) read[name] = variables[name];
  }
  return read;
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' };

function valueRead(text: string, at: string, variables: Variables): string {
  const [, single] = /^'([^']*)'\s*(?:#.*)?$/.exec(text) ?? [];
  if (single !== undefined) return single;
  const [, double] = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(text) ?? [];
  if (double !== undefined)
    return textInterpolate(
      double.replace(/\\(.)/g, (_all, char: string) => (char === '$' ? '$$' : (escapes[char] ?? char))),
      variables,
      at,
    );
  if (/^['"]/.test(text)) throw new BerthError('malformed', `${at}: the quote has no end on its line.`);
  return textInterpolate(text.replace(/\s+#.*$/, ''), variables, at);
}
