import type { EngineContainerInspect } from '../engine/inspect-types.ts';

/** What an engine last said of one container. A document is only as true as `seenAt` is young and nothing happened since. */
export interface Observation {
  document: EngineContainerInspect | null;
  seenAt: Date;
  /** Raised by everything that may have changed the container; `clean` is its value when the document was asked for. */
  dirty: number;
  clean: number;
  /** Counts documents, so that what was rendered from one can be told from the next. */
  version: number;
  /** The question under way, and the `dirty` it was asked at. */
  asking: { at: number; answer: Promise<void> } | null;
}

export function observationMake(): Observation {
  return { document: null, seenAt: new Date(0), dirty: 1, clean: 0, version: 0, asking: null };
}

export function observationFresh(observation: Observation): boolean {
  return observation.clean === observation.dirty;
}
