import { BerthError } from '../domain/errors.ts';

export interface Owner {
  uid: number;
  gid: number;
}

/**
 * What `--chown` names: numbers, or names of the image's own `/etc/passwd` and `/etc/group`, which are read when they are needed. Throws in
 * the builder's words. Source: moby builder/dockerfile/internals_linux.go.
 */
export async function chownRead(written: string, file: (path: string) => Promise<string>): Promise<Owner> {
  const parts = written.split(':');
  if (parts.length > 2) throw fault(`invalid chown string format: ${written}`);
  const [user = '', group = user] = parts;
  const uid = number(user) ?? lookup(await file('/etc/passwd'), user);
  if (uid === null) throw fault(`can't find uid for user ${user}: no such user: ${user}`);
  const gid = number(group) ?? lookup(await file('/etc/group'), group);
  if (gid === null) throw fault(`can't find gid for group ${group}: no such group: ${group}`);
  return { uid, gid };
}

function number(text: string): number | null {
  return /^\+?\d{1,9}$/.test(text) ? Number(text) : null;
}

/** `name:password:number:…` in both files. */
function lookup(text: string, name: string): number | null {
  const line = text.split('\n').find((one) => one.split(':', 1)[0] === name && name !== '');
  return line === undefined ? null : (number(line.split(':')[2] ?? '') ?? 0);
}

function fault(message: string): BerthError {
  return new BerthError('malformed', `unable to convert uid/gid chown string to host mapping: ${message}`);
}
