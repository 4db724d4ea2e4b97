/**
 * The one error type of Berth. A message is written for the person who made the call: what happened, why, what to do next.
 * `cause` is for our own log and never reaches a tenant.
 */
export type ErrorCode =
  | 'malformed' // 400: not JSON, a wrong type, a bad query
  | 'unauthenticated' // 401
  | 'refused' // 403: policy; the message names the field
  | 'not_found' // 404
  | 'conflict' // 409
  | 'gone' // 410: it was there, and is not kept any more
  | 'precondition_failed' // 412
  | 'too_large' // 413
  | 'unprocessable' // 422
  | 'rate_limited' // 429
  | 'not_modified' // 304: Docker's "already started"
  | 'internal' // 500
  | 'not_served' // 501
  | 'engine_failed' // 502: an engine answered what we cannot pass on
  | 'unavailable' // 503: no host, host unreachable, starting up
  | 'deadline'; // 504

export class BerthError extends Error {
  readonly code: ErrorCode;
  /** For operators only: numbers, host names. Shown to nobody else. */
  readonly detail: string | undefined;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; detail?: string } = {}) {
    super(message, { cause: options.cause });
    this.name = 'BerthError';
    this.code = code;
    this.detail = options.detail;
  }
}

export const httpStatus: Record<ErrorCode, number> = {
  malformed: 400,
  unauthenticated: 401,
  refused: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  precondition_failed: 412,
  too_large: 413,
  unprocessable: 422,
  rate_limited: 429,
  not_modified: 304,
  internal: 500,
  not_served: 501,
  engine_failed: 502,
  unavailable: 503,
  deadline: 504,
};
