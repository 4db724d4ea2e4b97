import type { Resources } from '../domain/container-spec.ts';

/** A container that names no cpu share is counted as a tenth of a core, so that a host takes a finite number of them. */
const unnamedNanoCpus = 100_000_000;

/** What a container takes of its host. Memory: what it reserves, else its limit. */
export function demandOf(resources: Resources): { memoryBytes: number; nanoCpus: number } {
  return {
    memoryBytes: resources.memoryReservationBytes || resources.memoryBytes,
    nanoCpus: resources.nanoCpus || unnamedNanoCpus,
  };
}
