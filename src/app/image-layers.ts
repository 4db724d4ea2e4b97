import type { ImageRow } from '../db/store/image.ts';
import { BerthError } from '../domain/errors.ts';
import type { EngineImageInspect } from '../engine/inspect-types.ts';
import type { App } from './context.ts';
import { imageHistory } from './image-history.ts';

export interface ImagesUsage {
  /** Of all layers together, each counted once; bytes. */
  layersBytes: number;
  /** By image id: what of its size lies in layers that another image of the list has too. */
  sharedBytes: Map<string, number>;
}

interface Layer {
  /** With all below it. */
  chain: string;
  bytes: number;
}

/** Sizes never change with an id. */
const remembered = new Map<string, Layer[]>();
const rememberedMost = 10_000;

/**
 * What a list of images takes, from this list alone: what else lies on a host, and shares layers with these, shows in no number.
 */
export async function imagesUsage(app: App, images: readonly ImageRow[]): Promise<ImagesUsage> {
  const known = new Map<string, { bytes: number; users: number }>();
  const layersOf = new Map<string, Layer[]>();
  for (const image of images) {
    const layers = await imageLayers(app, image);
    layersOf.set(image.id, layers);
    for (const { chain, bytes } of layers) known.set(chain, { bytes, users: (known.get(chain)?.users ?? 0) + 1 });
  }
  const shared = (layers: Layer[]) => layers.filter(({ chain }) => (known.get(chain)?.users ?? 0) > 1);
  return {
    layersBytes: sum([...known.values()]),
    sharedBytes: new Map([...layersOf].map(([id, layers]) => [id, sum(shared(layers))])),
  };
}

/** The history of an image tells how much each of its steps added, those without a layer as 0. One that nobody can be asked about counts as one layer. */
async function imageLayers(app: App, image: ImageRow): Promise<Layer[]> {
  const found = remembered.get(image.id);
  if (found) return found;
  const { Size, RootFS } = image.document as EngineImageInspect;
  const digests = RootFS.Layers ?? [];
  let sizes: number[];
  try {
    const history = await imageHistory(app, image);
    const steps = history.map((step) => step.Size).reverse();
    sizes = steps.length === digests.length ? steps : steps.filter((bytes) => bytes > 0);
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    return [{ chain: image.id, bytes: Size }];
  }
  const layers = digests.map((_, i) => ({ chain: digests.slice(0, i + 1).join(' '), bytes: sizes[i] ?? 0 }));
  if (remembered.size >= rememberedMost) remembered.clear();
  remembered.set(image.id, layers);
  return layers;
}

function sum(parts: { bytes: number }[]): number {
  return parts.reduce((total, { bytes }) => total + bytes, 0);
}
