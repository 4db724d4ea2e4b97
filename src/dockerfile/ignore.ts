import { pathClean } from './path.ts';

export interface IgnorePattern {
  rule: RegExp;
  /** `!pattern`: what it matches is kept after all. */
  keeps: boolean;
}

/** The patterns of a .dockerignore. Source: moby builder/dockerignore and pkg/fileutils. */
export function ignoreRead(text: string): IgnorePattern[] {
  return text
    .replace(/^\ufeff/, '')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const keeps = line.startsWith('!');
      const written = keeps ? line.slice(1).trim() : line;
      const cleaned = pathClean(written);
      return { keeps, rule: patternRule(cleaned.length > 1 ? cleaned.replace(/^\//, '') : cleaned) };
    });
}

/** Whether a path is left out: by a pattern that matches it or a folder above it, the last one counting. */
export function ignoreMatch(path: string, patterns: readonly IgnorePattern[]): boolean {
  const parts = pathClean(path).split('/');
  const candidates = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  let ignored = false;
  for (const { rule, keeps } of patterns) if (candidates.some((candidate) => rule.test(candidate))) ignored = !keeps;
  return ignored;
}

/** `**` is any number of folders, `*` and `?` stay within one. */
function patternRule(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    if (pattern.startsWith('**', at)) {
      at++;
      if (pattern[at + 1] === '/') at++;
      source += at + 1 >= pattern.length ? '.*' : '(.*/)?';
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '\\' && at + 1 < pattern.length) source += literal(pattern[++at] as string);
    else if (character === '[') {
      const end = pattern.indexOf(']', at + 2);
      if (end < 0) return /$^/;
      source += `[${pattern.slice(at + 1, end).replaceAll('\\', '\\\\')}]`;
      at = end;
    } else source += literal(character);
  }
  return new RegExp(`^${source}$`);
}

function literal(character: string): string {
  return /[\p{L}\p{N}_]/u.test(character) ? character : `\\${character}`;
}
