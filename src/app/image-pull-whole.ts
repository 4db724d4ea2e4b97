import type { TenantScope } from '../db/scope.ts';
import { BerthError } from '../domain/errors.ts';
import type { App } from './context.ts';
import { imagePull } from './image-pull.ts';

const deadlineMs = 55_000;

/** Pulls an image to its end. The reason when that fails; null when it is there. */
export async function imagePullWhole(app: App, scope: TenantScope, image: string, registryAuth: string | null): Promise<string | null> {
  try {
    const lines = await imagePull(app, scope, { image, tag: '', platform: null, registryAuth }, AbortSignal.timeout(deadlineMs));
    let failure: string | null = null;
    for await (const line of lines) failure = line.error ?? failure;
    return failure;
  } catch (error) {
    // What the registry said of the image; that no engine can be reached, or that the registry is not allowed, is told as it is.
    if (error instanceof BerthError && (error.code === 'not_found' || error.code === 'engine_failed' || error.code === 'unauthenticated'))
      return error.message;
    throw error;
  }
}
