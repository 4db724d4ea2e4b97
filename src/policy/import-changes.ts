import { BerthError } from '../domain/errors.ts';
import { printable } from './fields.ts';

/** What moby's `import` and `commit` take (builder/dockerfile, validCommitCommands), without ONBUILD: it would act in somebody's build. */
const instructions = new Set(['CMD', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'HEALTHCHECK', 'LABEL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR']);
const maxEntries = 128;
const maxLength = 16 * 1024;

/**
 * The `changes` of an import: one Dockerfile instruction each. They only describe the image; what an image may ask of a container is
 * judged when one is created (image-config.ts). Throws `malformed` or `refused`.
 */
export function importChangesRead(changes: readonly string[]): string[] {
  if (changes.length > maxEntries)
    throw new BerthError('malformed', `changes: more than ${maxEntries} are not taken. Build the image instead.`);
  for (const change of changes) {
    // An engine reads a file of instructions: a line break would begin another one, a backslash at the end join two.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is looked for
    if (change.length > maxLength || /[\u0000-\u0008\u000a-\u001f\u007f]|\\\s*$/.test(change)) {
      throw new BerthError('malformed', `changes: "${printable(change)}" is not one line of a Dockerfile.`);
    }
    const instruction = /^\s*([A-Za-z]+)\s/.exec(change)?.[1]?.toUpperCase() ?? '';
    if (!instructions.has(instruction)) {
      throw new BerthError(
        'refused',
        `changes: "${printable(change)}" is not allowed; these instructions are: ${[...instructions].join(', ')}.`,
      );
    }
  }
  return [...changes];
}
