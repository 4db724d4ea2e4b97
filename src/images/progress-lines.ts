import { BerthError } from '../domain/errors.ts';

const lineLimit = 64 * 1024;

/**
 * The JSON objects of an engine's progress stream, whether parted by newlines, by nothing, or split over chunks.
 * 'engine_failed' for anything else, for an object above 64 KiB, and for one that is cut off.
 */
export async function* progressObjects(source: AsyncIterable<Uint8Array>): AsyncGenerator<Record<string, unknown>, void, undefined> {
  const decoder = new TextDecoder();
  let object = '';
  let depth = 0;
  let inText = false;
  let escaped = false;
  for await (const chunk of source) {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) inText = false;
      } else if (byte === quote && depth > 0) inText = true;
      else if (byte === open) {
        if (depth === 0) start = i;
        depth++;
      } else if (byte === close && depth > 0) {
        depth--;
        if (depth === 0) {
          yield objectParse(object + decoder.decode(chunk.subarray(start, i + 1)));
          object = '';
        }
      } else if (depth === 0 && byte > space) throw unreadable();
    }
    if (depth > 0) object += decoder.decode(chunk.subarray(start), { stream: true });
    if (object.length > lineLimit) throw unreadable();
  }
  if (depth > 0) throw unreadable();
}

const [quote, backslash, open, close, space] = [0x22, 0x5c, 0x7b, 0x7d, 0x20];

function objectParse(text: string): Record<string, unknown> {
  if (text.length > lineLimit) throw unreadable();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause?: unknown): BerthError {
  return new BerthError(
    'engine_failed',
    'The host sent a progress report that cannot be read. Try again; if it happens again, tell your operator.',
    { cause },
  );
}
