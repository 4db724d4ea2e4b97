import { labelPrefix } from '../domain/labels.ts';
import { containerLimits as limits } from '../domain/limits.ts';
import { containerPathRead } from './container-path.ts';
import { nameFold } from './field-table.ts';
import { type Fields, printable } from './fields.ts';

/** What the create of a container and of an exec have in common: how a command is told. */

/** The kernel's bound for one argument, and ours for all of them. */
export const commandSizes = { maxLength: limits.argumentLength, maxEntries: 8192, maxTotal: limits.argumentsTotal };

/** `NAME=value`, or `NAME` alone, which removes one of the image's. Names that begin as ours do are dropped. */
export function envRead(fields: Fields): string[] {
  const env = fields.strings('Env', commandSizes);
  for (const entry of env) {
    if (entry === '' || entry.startsWith('=')) throw fields.malformed('Env', 'has an entry without a name');
  }
  return env.filter((entry) => !nameFold(entry).startsWith(labelPrefix));
}

/** '' for the image's own. */
export function workingDirRead(fields: Fields): string {
  const path = fields.string('WorkingDir');
  if (path === '') return '';
  return containerPathRead(
    fields,
    'WorkingDir',
    path,
    `the working directory '${printable(path)}' is invalid, it needs to be an absolute path`,
  );
}

/** [height, width] in characters; null when neither is given. */
export function consoleSizeRead(fields: Fields): [height: number, width: number] | null {
  const size = fields.integersOrNull('ConsoleSize');
  if (size === null || size.length === 0) return null;
  const [height = -1, width = -1] = size;
  if (size.length !== 2 || height < 0 || width < 0 || height > 65_535 || width > 65_535) {
    throw fields.malformed('ConsoleSize', 'must be a height and a width in characters');
  }
  return height === 0 && width === 0 ? null : [height, width];
}
