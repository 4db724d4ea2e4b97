import { BerthError } from '../domain/errors.ts';
import { flagsSplit } from './flags.ts';
import { type DockerfileNode, isSpace, trim, trimLeft } from './node.ts';
import { gapSplit, gapWords, jsonWords, nameValues, quotedWords } from './words.ts';

export interface ParsedDockerfile {
  nodes: DockerfileNode[];
  /** What `# escape=` chose: `\` or a backtick. */
  escapeToken: string;
  warnings: string[];
}

/** Of one line, in bytes: Go's bufio.MaxScanTokenSize. */
const lineLimit = 64 * 1024;

/**
 * Takes a Dockerfile apart into instructions, by the rules and in the words of the classic builder: directives, comments, continued
 * lines, and what each keyword makes of its arguments. Source: BuildKit's frontend/dockerfile/parser, as moby 20.10 has it.
 */
export function dockerfileParse(text: string): ParsedDockerfile {
  const directives = new Directives();
  const { lines, tooLong } = linesOf(text);
  const nodes: DockerfileNode[] = [];
  const warnings: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const start = trimLeft(lines[at++] as string);
    directives.look(start);
    let { line, ends } = directives.continuation(start.startsWith('#') ? '' : start);
    if (ends && line === '') continue;
    const begins = at;
    let emptySeen = false;
    while (!ends && at < lines.length) {
      const raw = lines[at++] as string;
      directives.look(raw);
      if (trimLeft(raw).startsWith('#')) continue;
      if (trim(raw) === '') {
        emptySeen = true;
        continue;
      }
      const next = directives.continuation(raw);
      ends = next.ends;
      line += next.line;
    }
    if (emptySeen) warnings.push(`[WARNING]: Empty continuation line found in:\n    ${line}`);
    nodes.push(nodeOf(line, directives.escapeToken, begins));
  }
  if (warnings.length > 0) warnings.push('[WARNING]: Empty continuation lines will become errors in a future release.');
  if (nodes.length === 0) throw new BerthError('malformed', 'file with no instructions');
  if (tooLong) throw new BerthError('malformed', `dockerfile line greater than max allowed size of ${lineLimit - 1}`);
  return { nodes, escapeToken: directives.escapeToken, warnings };
}

function linesOf(text: string): { lines: string[]; tooLong: boolean } {
  const all = text.replace(/^\ufeff/, '').split('\n');
  if (all.at(-1) === '') all.pop();
  const long = all.findIndex((line) => line.length >= lineLimit);
  const lines = (long < 0 ? all : all.slice(0, long)).map((line) => line.replace(/\r$/, ''));
  return { lines, tooLong: long >= 0 };
}

/** `# escape=…` and `# syntax=…`, which count until the first line that is neither. */
class Directives {
  escapeToken = '\\';
  #ends = continues('\\');
  #done = false;
  readonly #seen = new Set<string>();

  look(line: string): void {
    if (this.#done) return;
    const [, name = '', value = ''] = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(line) ?? [];
    const key = name.toLowerCase();
    if (key !== 'escape' && key !== 'syntax') {
      this.#done = true;
      return;
    }
    if (this.#seen.has(key)) throw new BerthError('malformed', `only one ${key} parser directive can be used`);
    this.#seen.add(key);
    if (key === 'syntax') return;
    if (value !== '`' && value !== '\\') throw new BerthError('malformed', `invalid escape token '${value}' does not match \` or \\`);
    this.escapeToken = value;
    this.#ends = continues(value);
  }

  continuation(line: string): { line: string; ends: boolean } {
    return this.#ends.test(line) ? { line: line.replace(this.#ends, '$1'), ends: false } : { line, ends: true };
  }
}

/** Two escapes at the end are one that is meant. */
function continues(escapeToken: string): RegExp {
  const token = `\\${escapeToken}`;
  return new RegExp(`([^${token}])${token}[ \\t]*$|^${token}[ \\t]*$`);
}

/** One instruction of its own, as ONBUILD keeps it. */
function nodeOf(line: string, escapeToken: string, at: number): DockerfileNode {
  const [word = '', tail] = gapSplit(trim(line), 2);
  const keyword = word.toLowerCase();
  const { flags, rest } = flagsSplit(tail ?? '');
  return { keyword, flags, ...argumentsOf(keyword, trim(rest), escapeToken), original: line, line: at };
}

function argumentsOf(keyword: string, rest: string, escapeToken: string): Pick<DockerfileNode, 'args' | 'json'> {
  const plain = (args: string[]) => ({ args, json: false });
  const whole = () => plain(rest === '' ? [] : [rest]);
  switch (keyword) {
    case 'env':
    case 'label':
      return plain(nameValues(rest, keyword.toUpperCase(), escapeToken));
    case 'arg':
      return plain(quotedWords(rest, escapeToken));
    case 'from':
    case 'expose':
      return plain(gapWords(rest));
    case 'add':
    case 'copy':
    case 'volume':
      return listed(rest, () => gapWords(rest));
    case 'cmd':
    case 'entrypoint':
    case 'run':
    case 'shell':
      return rest === '' ? plain([]) : listed(rest, () => [rest]);
    case 'healthcheck': {
      const end = [...rest].findIndex(isSpace);
      if (rest === '') return plain([]);
      const type = end < 0 ? rest : rest.slice(0, end);
      const command = end < 0 ? '' : trimLeft(rest.slice(end));
      const { args, json } = command === '' ? plain([]) : listed(command, () => [command]);
      return { args: [type, ...args], json };
    }
    case 'onbuild': {
      if (rest === '') return plain([]);
      const trigger = nodeOf(rest, escapeToken, 0);
      return plain([trigger.keyword, ...trigger.args]);
    }
    default:
      return whole();
  }
}

function listed(rest: string, otherwise: () => string[]): Pick<DockerfileNode, 'args' | 'json'> {
  const words = jsonWords(rest);
  return words === null ? { args: otherwise(), json: false } : { args: words, json: true };
}
