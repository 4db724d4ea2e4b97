import type { ImageRunConfig } from '../domain/image-config.ts';
import { commandSizes, envRead } from './command-fields.ts';
import { fieldTable } from './field-table.ts';
import { Fields } from './fields.ts';
import type { JsonValue } from './json.ts';
import { labelsRead } from './labels.ts';

const served = ['User', 'Env', 'Cmd', 'Entrypoint', 'WorkingDir', 'Labels', 'ExposedPorts', 'Volumes', 'StopSignal'];

/** Said in the query, where it counts; dockerode sends it here too. */
const repeated = ['container', 'repo', 'tag', 'comment', 'author', 'pause', 'changes'];

const table = fieldTable([
  ...served.map((path) => ({ path, verdict: 'served' as const, why: 'becomes the image’s' })),
  ...repeated.map((path) => ({ path, verdict: 'ours' as const, why: 'said in the query' })),
]);

/** The body of a commit: what the image's config shall be instead of the container's. null, mostly: the container's. Throws `malformed` or `refused`. */
export function commitConfigRead(body: JsonValue): ImageRunConfig | null {
  if (body === null) return null;
  const fields = Fields.ofBody(body, table);
  const set = (name: string) => Object.fromEntries(fields.keySet(name).map((key) => [key, {}]));
  const config: ImageRunConfig = {
    User: fields.string('User', { maxLength: 256 }),
    Env: envRead(fields),
    Cmd: fields.wordsOrNull('Cmd', commandSizes),
    Entrypoint: fields.wordsOrNull('Entrypoint', commandSizes),
    WorkingDir: fields.string('WorkingDir'),
    Labels: labelsRead(fields, 'Labels'),
    ExposedPorts: set('ExposedPorts'),
    StopSignal: fields.string('StopSignal', { maxLength: 32 }),
  };
  const volumes = set('Volumes');
  fields.end();
  return { ...config, ...(Object.keys(volumes).length > 0 && { Volumes: volumes }) };
}
