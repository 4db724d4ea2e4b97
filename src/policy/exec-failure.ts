import { type EngineNames, engineMessageScrub } from './engine-message.ts';

/** What an engine says beside what a runtime does. In these nothing is of a host. Source: moby, daemon/exec_linux.go and libcontainer's user. */
const known = [
  /^unable to find (user|group) [\w.@+-]{1,256}: no matching entries in (passwd|group) file$/,
  /^(uids and gids must be in range 0-2147483647)$/,
];

const unknown =
  'The command could not be started in this container. Check the command, the user and the working directory; tell your operator if it stays so.';

/**
 * What an engine writes into the output of a command that it could not start, fit for a tenant: in the words that are known, or in ours
 * where they are not.
 */
export function execFailureText(text: string, names: EngineNames): string {
  const line = text.trim();
  if (known.some((form) => form.test(line))) return line;
  const cwd = /^OCI runtime exec failed: exec failed: Cwd must be an absolute path(: unknown)?$/.test(line);
  if (cwd) return line;
  return line.startsWith('OCI runtime exec failed: ') ? engineMessageScrub(line, names) : unknown;
}
