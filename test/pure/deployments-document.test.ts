import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { deploymentsMarkdown } from '../../src/rest-api/deployment-document.ts';

describe('docs/deployments.md', () => {
  it('says what the code does: npm run docs writes it anew', () => {
    expect(readFileSync(new URL('../../docs/deployments.md', import.meta.url), 'utf8')).toBe(deploymentsMarkdown());
  });
});
