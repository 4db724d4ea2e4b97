import { BerthError } from '../domain/errors.ts';
import { printable } from './fields.ts';

/** A container's name by Docker's rule, without the leading slash that Docker allows. Throws `malformed`. */
export function containerNameRead(name: string): string {
  const bare = name.startsWith('/') ? name.slice(1) : name;
  if (nameRule.test(bare)) return bare;
  throw new BerthError('malformed', containerNameFault(name));
}

/** The name that a rename asks for: the same rule, in the words of moby's daemon/rename.go. Throws `malformed`. */
export function containerNewNameRead(name: string): string {
  const bare = name.startsWith('/') ? name.slice(1) : name;
  if (nameRule.test(bare)) return bare;
  throw new BerthError('malformed', `Error when allocating new name: ${containerNameFault(`/${bare}`)}`);
}

/** moby, daemon/names.go; it knows no longest name. */
function containerNameFault(name: string): string {
  const longest = name.length > maxLength ? `, at most ${maxLength} of them` : '';
  return `Invalid container name (${printable(name)}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed${longest}`;
}

/** A volume's name by Docker's rule, in the words of moby's volume/service and volume/local. Throws `malformed`. */
export function volumeNameRead(name: string): string {
  if (nameRule.test(name)) return name;
  if (name.length > maxLength)
    throw new BerthError('malformed', `The volume name ${printable(name)} is longer than ${maxLength} characters.`);
  if (name.length === 1)
    throw new BerthError(
      'malformed',
      `create ${printable(name)}: volume name is too short, names should be at least two alphanumeric characters`,
    );
  throw new BerthError(
    'malformed',
    `create ${printable(name)}: "${printable(name)}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
  );
}

/** A network's name, or its id in whole or part. Throws `malformed`. */
export function networkNameRead(name: string): string {
  if (networkRule.test(name)) return name;
  throw new BerthError(
    'malformed',
    `"${printable(name)}" is not a network name: use up to ${maxLength} of the characters [a-zA-Z0-9_.-], the first a letter or digit.`,
  );
}

/** What a tenant may write to mean one of its containers: a name, an id or an id prefix. Throws `malformed`. */
export function containerReferenceRead(reference: string): string {
  const bare = reference.startsWith('/') ? reference.slice(1) : reference;
  if (networkRule.test(bare)) return bare;
  throw new BerthError('malformed', `"${printable(reference)}" is neither a container name nor an id.`);
}

const maxLength = 128;
const nameRule = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/;
const networkRule = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;
