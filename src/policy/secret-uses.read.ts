import type { SecretUse } from '../domain/deployment-spec.ts';
import { containerPathRead } from './container-path.ts';
import { type Fields, printable } from './fields.ts';

const mostSecrets = 64;

/** The secrets of a container that a deployment or a job makes, each as a variable or as a file. */
export function secretUsesRead(fields: Fields): SecretUse[] {
  const uses = fields.objects('secrets', { maxEntries: mostSecrets }).map((use): SecretUse => {
    const secret = use.string('secret', { maxLength: 64 });
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/.test(secret)) throw use.malformed('secret', 'must be the name of a secret');
    const env = use.string('env', { maxLength: 256 });
    const file = use.string('file');
    const mode = use.string('mode', { maxLength: 5 }) || '0444';
    use.end();
    if (env !== '') {
      if (file !== '') throw use.malformed('env', 'goes with no file: give the secret one way or the other, or name it twice');
      if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(env)) throw use.malformed('env', `is not the name of a variable: ${printable(env)}`);
      return { secret, as: { env } };
    }
    if (!/^0?[0-7]{3}$/.test(mode)) throw use.malformed('mode', `must be octal, as "0400": ${printable(mode)}`);
    return { secret, as: { file: secretFileRead(use, file || `/run/secrets/${secret}`), mode: Number.parseInt(mode, 8) } };
  });
  const places = uses.map(({ as }) => ('env' in as ? as.env : as.file));
  const twice = places.find((place, index) => places.indexOf(place) !== index);
  if (twice !== undefined) throw fields.malformed('secrets', `has two for ${printable(twice)}`);
  return uses;
}

/** Its directory is mounted over the image's: one like /etc or /app would hide what a program needs to run. */
function secretFileRead(use: Fields, written: string): string {
  const path = containerPathRead(use, 'file', written);
  if (path.split('/').length > 3) return path;
  throw use.refused(
    'file',
    `${printable(path)} is too near the root: its directory shows secrets alone, and would hide what the image has there. Choose one further down, as /run/secrets`,
  );
}
