import { randomBytes } from 'node:crypto';

/** 64 hexadecimal characters, as an engine names what it makes. */
export function idNew(): string {
  return randomBytes(32).toString('hex');
}

const adjectives = ['brave', 'calm', 'eager', 'gentle', 'happy', 'keen', 'lucid', 'merry', 'quiet', 'swift', 'vivid', 'wise'];
const nouns = ['curie', 'darwin', 'euler', 'fermi', 'gauss', 'hopper', 'kepler', 'lovelace', 'noether', 'pascal', 'turing', 'volta'];

/** A name for a container that was given none. */
export function nameNew(taken: (name: string) => boolean): string {
  const pick = (words: string[]) => words[Math.floor(Math.random() * words.length)];
  for (let attempt = 0; ; attempt += 1) {
    const name = `${pick(adjectives)}_${pick(nouns)}${attempt === 0 ? '' : randomBytes(3).toString('hex')}`;
    if (!taken(name)) return name;
  }
}
