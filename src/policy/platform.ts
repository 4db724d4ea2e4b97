import { BerthError } from '../domain/errors.ts';
import { printable } from './fields.ts';

/** `linux/arch[/variant]` as `--platform` sends it, in lower case. Hosts are Linux, so a bare architecture means Linux. */
export function platformRead(text: string): string {
  const parts = text.toLowerCase().split('/');
  const [os = '', arch] = parts;
  if (parts.length > 3 || !parts.every((part) => /^[a-z0-9_.-]{1,32}$/.test(part))) {
    throw new BerthError('malformed', `"${printable(text)}" is not a platform: write linux/amd64 or linux/arm64.`);
  }
  if (arch === undefined) return os === 'linux' ? 'linux' : `linux/${os}`;
  if (os !== 'linux') throw new BerthError('refused', `The platform ${printable(text)} is not served: all hosts run Linux.`);
  return parts.join('/');
}
