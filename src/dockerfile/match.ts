/** Whether Go's filepath.Match finds the pattern in the whole path: `*` and `?` stay within one part, `[…]` is a class. A broken pattern matches nothing. */
export function pathMatch(pattern: string, path: string): boolean {
  return patternOf(pattern)?.test(path) ?? false;
}

/** Whether a source of COPY is a pattern. */
export function wildcards(path: string): boolean {
  return /[*?[]/.test(path.replace(/\\./gs, ''));
}

function patternOf(pattern: string): RegExp | null {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const found = classOf(pattern, at);
      if (!found) return null;
      source += found.source;
      at = found.end;
    } else if (character === '\\') {
      const next = pattern[++at];
      if (next === undefined) return null;
      source += literal(next);
    } else source += literal(character);
  }
  return new RegExp(`^${source}$`, 'u');
}

/** `[a-z]`, `[^a]`; a backslash takes the next character as it is. */
function classOf(pattern: string, start: number): { source: string; end: number } | null {
  let at = start + 1;
  const negated = pattern[at] === '^';
  if (negated) at++;
  let inside = '';
  for (let first = true; at < pattern.length; first = false) {
    const character = pattern[at] as string;
    if (character === ']' && !first) return { source: `[${negated ? '^/' : ''}${inside}]`, end: at };
    if (character === '-' && !first && pattern[at + 1] !== ']') inside += '-';
    else if (character === '\\') inside += literal(pattern[++at] ?? '');
    else inside += literal(character);
    at++;
  }
  return null;
}

function literal(character: string): string {
  return /^[\p{L}\p{N}_\s]?$/u.test(character) || !/^[\^$\\.*+?()[\]{}|/-]$/.test(character) ? character : `\\${character}`;
}
