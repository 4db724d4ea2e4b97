import { BerthError } from '../domain/errors.ts';
import { percentDecode } from './percent.ts';

export interface RequestPath {
  /** `1.41`, or null when the client named none. */
  version: string | null;
  /** Decoded once. Image names have slashes of their own: the route joins what belongs together. */
  segments: string[];
  /** As sent, without the question mark: for queryRead. */
  search: string;
}

/**
 * Reads a request's target (RFC 9112 origin form). An engine's router decodes, cleans and matches generously; whatever could
 * lead us and it to different routes is `malformed`: encoded slashes, dot segments, empty segments, controls, odd versions.
 */
export function pathRead(rawUrl: string): RequestPath {
  const question = rawUrl.indexOf('?');
  const path = question === -1 ? rawUrl : rawUrl.slice(0, question);
  const search = question === -1 ? '' : rawUrl.slice(question + 1);
  if (!/^\/[!-~]*$/.test(path) || /[#\\]/.test(path) || /[^!-~]|#/.test(search))
    throw malformed('it has characters that do not belong there');
  if (path === '/') return { version: null, segments: [], search };

  const segments = path.slice(1).split('/').map(segmentRead);
  const [first = ''] = segments;
  if (!/^v[0-9]/.test(first)) return { version: null, segments, search };
  if (!/^v[1-9][0-9]?\.[0-9]{1,3}$/.test(first)) throw malformed('its version is not like v1.41');
  return { version: first.slice(1), segments: segments.slice(1), search };
}

function segmentRead(raw: string): string {
  const segment = percentDecode(raw);
  if (segment === null) throw malformed('it has a broken percent escape');
  if (segment === '' || segment === '.' || segment === '..') throw malformed('it has an empty or dot segment');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is looked for
  if (/[/\\\u0000-\u001f\u007f]/.test(segment)) throw malformed('it has an encoded slash or control character');
  return segment;
}

function malformed(why: string): BerthError {
  return new BerthError('malformed', `The path of the request is not acceptable: ${why}.`);
}
