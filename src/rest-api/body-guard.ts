import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { BerthError } from '../domain/errors.ts';

const maxBytes = 1024 * 1024;

/** Throws `too_large` beyond 1 MiB, also for a body that does not tell its length. */
export const bodySized: MiddlewareHandler = bodyLimit({
  maxSize: maxBytes,
  onError: () => Promise.reject(new BerthError('too_large', 'The body is larger than 1 MiB.')),
});

/** Without this a body of another type would be read as an empty one, and blamed for the fields it lacks. Throws `malformed`. */
export const bodyIsJson: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new BerthError('malformed', 'This takes a body in JSON. Send it with Content-Type: application/json.');
  // Read once: whoever validates it gets the same text.
  const text = await c.req.text();
  if (text.includes('\\u')) textsStorable(text);
  await next();
};

/** PostgreSQL has no NUL in a text, and no half of a surrogate pair in a document. Throws `malformed`; what is no JSON is told by whoever reads it. */
function textsStorable(text: string): void {
  const storable = (one: string) => !one.includes('\0') && one.isWellFormed();
  let refused = false;
  try {
    JSON.parse(text, (key, value) => {
      if (!storable(key) || (typeof value === 'string' && !storable(value))) refused = true;
      return value;
    });
  } catch {
    return;
  }
  if (refused)
    throw new BerthError('malformed', 'A text in the body has a NUL, or half of a character: \\u0000 and lone surrogates are not kept.');
}

/** Likewise of path and query. */
export const targetStorable: MiddlewareHandler = async (c, next) => {
  if (/%00/.test(c.req.url)) throw new BerthError('malformed', 'There is a NUL (%00) in the address. Leave it out.');
  await next();
};
