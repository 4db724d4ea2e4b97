import { BerthError, type ErrorCode, httpStatus } from '../domain/errors.ts';
import { RateLimited } from '../domain/request-rate.ts';

/** Which field of a request is wrong, and how: `tls.cert`, `limit`. */
export interface FieldProblem {
  field: string;
  message: string;
}

export interface ProblemContext {
  requestId: string;
  /** Operators see what an error knows beyond its message. */
  operator: boolean;
  fields?: FieldProblem[];
}

export const problemTitle: Record<ErrorCode, string> = {
  malformed: 'The request is malformed',
  unauthenticated: 'No valid credential',
  refused: 'Refused',
  not_found: 'Not found',
  conflict: 'Conflict',
  gone: 'Not kept any more',
  precondition_failed: 'Precondition failed',
  too_large: 'Too large',
  unprocessable: 'Cannot be done as asked',
  rate_limited: 'Too many requests',
  not_modified: 'Not modified',
  internal: 'Internal error',
  not_served: 'Not served here',
  engine_failed: 'An engine failed',
  unavailable: 'Unavailable',
  deadline: 'It took too long',
};

export const problemMediaType = 'application/problem+json';

/** An error as RFC 9457 has it. What is not ours is a fault of ours: told as such and nothing more. */
export function problemResponse(error: unknown, { requestId, operator, fields }: ProblemContext): Response {
  const known = error instanceof BerthError ? error : internalError();
  const status = httpStatus[known.code];
  const body = {
    type: `urn:berth:problem:${known.code}`,
    title: problemTitle[known.code],
    status,
    detail: known.message,
    requestId,
    ...(operator && known.detail !== undefined ? { operatorDetail: known.detail } : {}),
    ...(fields ? { errors: fields } : {}),
  };
  const headers = new Headers({ 'content-type': problemMediaType });
  // The rest of the body is still on its way and stays unread: this connection is good for nothing more.
  if (known.code === 'too_large') headers.set('connection', 'close');
  if (known.code === 'unauthenticated') headers.set('www-authenticate', 'Bearer realm="berth"');
  if (known instanceof RateLimited) for (const [name, value] of Object.entries(known.headers)) headers.set(name, value);
  return new Response(JSON.stringify(body), { status, headers });
}

function internalError(): BerthError {
  return new BerthError(
    'internal',
    'Something went wrong inside Berth. It has been logged; try again, and tell the operator the request id if it stays.',
  );
}
