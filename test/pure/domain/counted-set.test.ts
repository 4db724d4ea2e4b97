import { describe, expect, it } from 'vitest';
import { CountedSet } from '../../../src/domain/counted-set.ts';

describe('a counted set', () => {
  it('has what was added twice until it was deleted twice', () => {
    const set = new CountedSet();
    set.add('a');
    set.add('a');
    set.delete('a');
    expect(set.has('a')).toBe(true);
    set.delete('a');
    expect(set.has('a')).toBe(false);
  });

  it('takes no notice of a deletion too many', () => {
    const set = new CountedSet();
    set.delete('a');
    set.add('a');
    expect(set.has('a')).toBe(true);
  });
});
