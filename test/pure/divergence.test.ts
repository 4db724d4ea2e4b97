import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { divergenceMarkdown } from '../../src/docker-api/divergence.ts';
import { commandRows } from '../../src/docker-api/divergence-commands.ts';

describe('docs/divergence.md', () => {
  it('is what the code says: if not, npm run docs', () => {
    expect(readFileSync(new URL('../../docs/divergence.md', import.meta.url), 'utf8')).toBe(divergenceMarkdown());
  });

  it('gives a reason for whatever is refused or differs', () => {
    for (const { command, state, words } of commandRows)
      if (state === 'refused' || state === 'differs') expect(words, command).not.toBe('');
    expect(new Set(commandRows.map(({ command }) => command)).size).toBe(commandRows.length);
  });
});
