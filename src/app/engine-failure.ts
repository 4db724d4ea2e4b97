import { BerthError, type ErrorCode } from '../domain/errors.ts';
import { EngineError, EngineUnreachable, engineUnavailable } from '../engine/engine.ts';

/** Turns an engine's message into one fit for a tenant; `names` maps what the engine calls things to what the tenant does. */
export type MessageScrub = (message: string) => string;

const codes: Record<number, ErrorCode> = {
  304: 'not_modified',
  400: 'malformed',
  403: 'refused',
  404: 'not_found',
  409: 'conflict',
  501: 'not_served',
};

/** Runs a call to an engine, and answers its failure as our own error: nothing an engine says passes unread. */
export async function engineGuard<T>(scrub: MessageScrub, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw engineFailure(error, scrub);
  }
}

export function engineFailure(error: unknown, scrub: MessageScrub): unknown {
  if (error instanceof EngineUnreachable) return engineUnavailable(error);
  if (!(error instanceof EngineError)) return error;
  return new BerthError(codes[error.status] ?? 'engine_failed', scrub(error.message), { cause: error });
}
