/** Splits a command as a shell would, without running one: quotes and backslashes, nothing else. null: a quote has no end. */
export function commandWords(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    const escapes = char === '\\' && quote !== "'" && (quote === null || /["\\$`]/.test(text[at + 1] ?? ''));
    if (escapes && at + 1 < text.length) word = (word ?? '') + text[++at];
    else if (quote !== null && char === quote) quote = null;
    else if (quote === null && (char === '"' || char === "'")) {
      quote = char;
      word ??= '';
    } else if (quote === null && /\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + char;
  }
  if (quote !== null) return null;
  if (word !== null) words.push(word);
  return words;
}
