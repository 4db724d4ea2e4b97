import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BuildArgs } from '../../../src/dockerfile/build-args.ts';
import { changesApply } from '../../../src/dockerfile/changes.ts';
import { ignoreMatch, ignoreRead } from '../../../src/dockerfile/ignore.ts';
import { pathMatch, wildcards } from '../../../src/dockerfile/match.ts';
import { dockerfileRead, stagesUpTo } from '../../../src/dockerfile/stages.ts';

const kinds = (text: string) => dockerfileRead(text, 'Dockerfile').stages.map(({ instructions }) => instructions.map(({ kind }) => kind));

describe('a Dockerfile', () => {
  it('is stages of instructions', () => {
    expect(kinds('FROM a AS x\nRUN b \\\n  && c\n# no\nFROM x\nCOPY --from=x / /\nCMD d')).toEqual([['run'], ['copy', 'cmd']]);
  });

  it('is read up to the stage that is asked for, whatever its case', () => {
    const { stages } = dockerfileRead('FROM a AS one\nFROM b AS two\nFROM c', 'Dockerfile');
    expect(stagesUpTo(stages, 'TWO').map(({ base }) => base)).toEqual(['a', 'b']);
    expect(() => stagesUpTo(stages, 'three')).toThrow('failed to reach build target three');
  });

  it('names the line of what it does not understand', () => {
    expect(() => dockerfileRead('FROM a\n\nFOO', 'Dockerfile')).toThrow('dockerfile parse error line 3: unknown instruction: FOO');
  });

  it('knows no instruction by what every object has', () => {
    for (const word of ['__proto__', 'constructor', 'toString'])
      expect(() => dockerfileRead(`FROM a\n${word} x`, 'Dockerfile')).toThrow(`unknown instruction: ${word.toUpperCase()}`);
  });

  it('of any text is read or refused, and nothing else', () => {
    const line = fc.oneof(
      fc.constantFrom('FROM a', 'ENV', 'RUN ["a"', 'COPY --from', 'ONBUILD', 'HEALTHCHECK --interval=1 CMD', '# escape=`', '\\', ''),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        try {
          dockerfileRead(lines.join('\n'), 'Dockerfile');
        } catch (error) {
          expect(error).toMatchObject({ code: 'malformed' });
        }
      }),
    );
  });
});

describe('build arguments', () => {
  it('are what is given, else what is declared, else what was before the first FROM', () => {
    const args = new BuildArgs(new Map([['given', 'g']]));
    args.declareMeta('outer', 'o');
    const stage = args.stage();
    expect([...stage.values()]).toEqual([]);
    for (const [key, value] of [
      ['given', 'default'],
      ['outer', null],
      ['own', 'd'],
      ['none', null],
    ] as const)
      stage.declare(key, value);
    expect(Object.fromEntries(stage.values(new Map([['own', 'variable']])))).toEqual({ given: 'g', outer: 'o' });
  });

  it('are missed when nobody declared them, but for proxies', () => {
    expect(
      new BuildArgs(
        new Map([
          ['a', '1'],
          ['HTTP_PROXY', 'x'],
        ]),
      ).unused(),
    ).toEqual(['a']);
  });
});

describe('patterns', () => {
  it.each([
    ['*.txt', 'a.txt', true],
    ['*.txt', 'd/a.txt', false],
    ['?[a-c]', 'xb', true],
    ['[^a]', 'a', false],
    ['[', '[', false],
    ['\\*', '*', true],
    ['a+b', 'a+b', true],
  ])('%s finds %s: %s', (pattern, path, found) => expect(pathMatch(pattern, path)).toBe(found));

  it('are told from names', () => expect(['a*', 'a\\*', 'a[b', 'ab'].map(wildcards)).toEqual([true, false, true, false]));

  it('of an ignore file count one after another', () => {
    const patterns = ignoreRead('# no\n*.log\n!keep.log\n/top\n**/deep\n');
    const ignored = ['a.log', 'keep.log', 'top', 'top/below', 'x/y/deep', 'deep', 'a'].map((path) => ignoreMatch(path, patterns));
    expect(ignored).toEqual([true, false, true, true, true, true, false]);
  });
});

describe('changes of a commit', () => {
  it('are instructions upon a config', () => {
    const config = { Env: ['A=1'], Cmd: ['old'] };
    expect(changesApply(config, ['ENV B=$A', 'ENTRYPOINT ["x"]', 'EXPOSE 80'])).toMatchObject({
      Env: ['A=1', 'B=1'],
      Cmd: null,
      Entrypoint: ['x'],
      ExposedPorts: { '80/tcp': {} },
    });
    expect(config.Cmd).toEqual(['old']);
  });

  it('are none that build', () => expect(() => changesApply({}, ['RUN true'])).toThrow('run is not a valid change command'));
});
