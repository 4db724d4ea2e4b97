import { type Pattern, patternCompile } from './pattern.ts';

/**
 * Go's path.Match: `*` and `?` stay within a part of the path, `[…]` is a class, `\` takes the next character as it is. null for
 * a pattern that is none, which matches nothing.
 */
export function globCompile(glob: string): Pattern | null {
  let source = '';
  const characters = [...glob];
  for (let position = 0; position < characters.length; position++) {
    const character = characters[position] ?? '';
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const end = characters.indexOf(']', position + 2);
      if (end < 0) return null;
      source += characters.slice(position, end + 1).join('');
      position = end;
    } else if (character === '\\') {
      const next = characters[++position];
      if (next === undefined) return null;
      source += literal(next);
    } else source += literal(character);
  }
  return patternCompile(`^${source}$`);
}

function literal(character: string): string {
  return /[\p{L}\p{N}]/u.test(character) ? character : `\\${character}`;
}
