import { type Engine, type EngineCall, EngineError } from '../engine/engine.ts';
import { busyboxImageMake, imageArchitecture } from './busybox-image.ts';

const ownImage = 'berth-probe:1';
const publicImage = 'docker.io/library/busybox:stable';
const pullDeadlineMs = 120_000;

/**
 * The engine's name of an image to probe from: the operator's `configured` one if there is one, else one made here of this machine's own static
 * busybox, else a public one. Only its `sh`, `nc`, `sleep` and `true` are used. null: none could be brought there.
 */
export async function probeImageEnsure(engine: Engine, architecture: string, configured: string | null): Promise<string | null> {
  if (configured === null) {
    if (await imageFound(engine, ownImage)) return ownImage;
    const archive = architecture === imageArchitecture ? await busyboxImageMake(ownImage) : undefined;
    if (archive) {
      await drained(engine, { method: 'POST', path: '/images/load', query: { quiet: true }, stream: oneChunk(archive) });
      return ownImage;
    }
  }
  const image = configured ?? publicImage;
  if (await imageFound(engine, image)) return image;
  await drained(engine, { method: 'POST', path: '/images/create', query: { fromImage: image } });
  return (await imageFound(engine, image)) ? image : null;
}

async function imageFound(engine: Engine, image: string): Promise<boolean> {
  return engine.json({ method: 'GET', path: `/images/${image}/json` }).then(
    () => true,
    (error) => {
      if (error instanceof EngineError) return false;
      throw error;
    },
  );
}

/** The engine is done when its progress ends; whether it succeeded is asked afterwards. */
async function drained(engine: Engine, call: EngineCall): Promise<void> {
  try {
    const { body } = await engine.stream({ ...call, deadlineMs: pullDeadlineMs });
    for await (const _ of body) {
      // Progress.
    }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
