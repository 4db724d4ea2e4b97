import { describe, expect, it } from 'vitest';
import { type Answer, clientOf, registryFake } from './registry-fake.ts';

const base = 'https://registry.dev/v2/team/tool/tags/list';
const page = (tags: unknown, link?: string): Answer => ({
  body: JSON.stringify({ name: 'team/tool', tags }),
  ...(link && { headers: { link } }),
});
const pages = (answers: Record<string, Answer>) => registryFake({}, ({ url }) => answers[url]);

describe('the tags of a repository', () => {
  it('are read page by page, each once', async () => {
    const { fetch, asked } = pages({
      [base]: page(['b', 'a'], '</v2/team/tool/tags/list?last=a&n=2>; rel="next"'),
      [`${base}?last=a&n=2`]: page(['a', 'c']),
    });
    expect(await clientOf(fetch).tags('team/tool')).toEqual(['b', 'a', 'c']);
    expect(asked.map(({ url }) => url)).toEqual([base, `${base}?last=a&n=2`]);
  });

  it('may be none', async () => {
    expect(await clientOf(pages({ [base]: page(null) }).fetch).tags('team/tool')).toEqual([]);
  });
});

describe('a registry that is hostile', () => {
  it('leads its reader to no other address', async () => {
    const { fetch, asked } = pages({
      [base]: page(['a'], '<https://elsewhere.dev/v2/other/tags/list?last=a>; rel="next"'),
      [`${base}?last=a`]: page(['b']),
    });
    await clientOf(fetch).tags('team/tool');
    expect(asked.map(({ url }) => new URL(url).host)).toEqual(['registry.dev', 'registry.dev']);
  });

  it.each([[['ok', 'not/a tag']], ['text'], [[1]]])('cannot name what is no tag: %j', async (tags) => {
    await expect(clientOf(pages({ [base]: page(tags) }).fetch).tags('team/tool')).rejects.toThrow('a list of tags that is none');
  });

  it('cannot go on for ever', async () => {
    const { fetch } = registryFake({}, () => page(['a'], '<?last=a>; rel="next"'));
    await expect(clientOf(fetch).tags('team/tool')).rejects.toThrow('without an end');
  });
});
