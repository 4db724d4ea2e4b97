import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globCompile } from '../../../src/docker-api/views/glob.ts';
import { patternCompile } from '../../../src/docker-api/views/pattern.ts';

const found = (pattern: string, text: string) => patternCompile(pattern)?.found(text);

describe('a name pattern', () => {
  it.each([
    ['', 'anything', true],
    ['b', 'abc', true],
    ['^b', 'abc', false],
    ['^a.c$', 'abc', true],
    ['^(a|bc)+$', 'abcbca', true],
    ['^(?:a|b){2,3}$', 'abab', false],
    ['^a{2}$', 'aa', true],
    ['^a{2,}$', 'aaaa', true],
    ['a{,2}', 'a{,2}', true],
    ['^[a-c_-]+$', 'a_b-c', true],
    ['^[^a-c]$', 'b', false],
    ['^[]a]+$', 'a]', true],
    ['^\\d+\\.\\w\\s\\D$', '12.x !', true],
    ['^[\\d_]+$', '1_2', true],
    ['(?i)WEB', 'my-web', true],
    ['a??b', 'b', true],
    ['\\Aweb\\z', 'web', true],
    ['^é.$', 'é😀', true],
  ])('%s in %s: %s', (pattern, text, expected) => {
    expect(found(pattern, text)).toBe(expected);
  });

  it.each([
    '(',
    ')',
    '[',
    '[b-a]',
    '*',
    'a**',
    '\\',
    '\\p{L}',
    '(?=a)',
    '(?P<n>a)',
    'a{3,2}',
    'a{1001}',
    '(((a{99}){99}){99}){9}',
    'a'.repeat(1001),
    '('.repeat(500),
  ])('does not take %s for a pattern', (pattern) => {
    expect(patternCompile(pattern)).toBeNull();
  });

  it('agrees with the JavaScript engine on everything that both understand', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^b]', '(a|b)', '(?:ab)', '\\d', 'c');
    const part = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{0,2}', '*?')).map(([one, times]) => one + times);
    const pattern = fc
      .tuple(fc.constantFrom('', '^'), fc.array(part, { maxLength: 5 }), fc.constantFrom('', '$', '|b'))
      .map(([start, parts, end]) => start + parts.join('') + end);
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '/'), maxLength: 12 });
    fc.assert(
      fc.property(pattern, text, (source, candidate) => {
        expect(found(source, candidate)).toBe(new RegExp(source).test(candidate));
      }),
      { numRuns: 3000 },
    );
  });

  it('takes no longer for a pattern that stops other engines', () => {
    const started = process.threadCpuUsage();
    for (const pattern of ['^(a+)+$', '(a|aa)+$', '(.*)*x', '(a?){30}a{30}b']) expect(found(pattern, `${'a'.repeat(250)}!`)).toBe(false);
    // Of the processor, so that a busy machine does not count.
    expect(process.threadCpuUsage(started).user / 1000).toBeLessThan(2000);
  });
});

describe('a glob over image names', () => {
  it.each([
    ['busy*', 'busybox', true],
    ['*', 'acme/web', false],
    ['*/*', 'acme/web', true],
    ['acme/web:?', 'acme/web:1', true],
    ['b[a-z]sybox', 'busybox', true],
    ['b[^u]sybox', 'busybox', false],
    ['busybox.', 'busyboxx', false],
    ['a\\*', 'a*', true],
    ['(a|b)+', 'a', false],
  ])('%s over %s: %s', (glob, text, expected) => {
    expect(globCompile(glob)?.found(text)).toBe(expected);
  });

  it.each(['[', 'a[b', 'a\\'])('does not take %s for a glob', (glob) => {
    expect(globCompile(glob)).toBeNull();
  });
});
