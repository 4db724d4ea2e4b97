import { BerthError } from '../domain/errors.ts';
import type { Scrub } from './progress.ts';
import { errorText } from './progress.ts';
import { progressObjects } from './progress-lines.ts';

/** The id (`sha256:…`) of the image that an import made. 'unprocessable' with the engine's scrubbed reason when it made none. */
export async function importResultRead(source: AsyncIterable<Uint8Array>, scrub: Scrub): Promise<string> {
  let id: string | null = null;
  for await (const object of progressObjects(source)) {
    const failure = errorText(object);
    if (failure !== null) throw new BerthError('unprocessable', scrub(failure));
    if (typeof object.status === 'string' && /^sha256:[0-9a-f]{64}$/.test(object.status)) id = object.status;
  }
  if (id === null) throw new BerthError('engine_failed', 'The import ended without an image. Try again.');
  return id;
}
