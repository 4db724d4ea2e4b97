import type { SecretsGiven } from '../domain/secrets-given.ts';

/** A line of a secret that is shorter than this would mask half of any text. */
const lineLength = 8;

/** A program may print what it was given: wherever we keep its words, the values in them are masked, whole and line by line. */
export function secretsMask(text: string, { env, directories }: SecretsGiven): string {
  const decoder = new TextDecoder();
  const values = [...env.map(({ value }) => value), ...directories.flatMap(({ files }) => files.map(({ value }) => decoder.decode(value)))];
  const lines = values.flatMap((value) => value.split('\n')).filter((line) => line.length >= lineLength);
  // The longest first, or a part would be masked and the rest stand.
  const masked = [...new Set([...values.map((value) => value.trim()), ...lines])]
    .filter((value) => value !== '')
    .sort((a, b) => b.length - a.length);
  return masked.reduce((left, value) => left.replaceAll(value, '[secret]'), text);
}
