import { BerthError } from '../domain/errors.ts';
import type { JsonValue } from '../policy/json.ts';
import { jsonRead } from '../policy/json.ts';

/** Engines refuse images of more than 125 layers. */
const layerLimit = 128;

/**
 * The diff ids of an image config, or null when the bytes are something else or have more than one meaning. An engine gets the
 * config's own bytes, so they must read here as they do there: Go ignores case in keys and merges what is there twice, and a
 * second `rootfs` would claim other layers than those we check.
 */
export function configDiffIds(bytes: Uint8Array): string[] | null {
  const rootfs = field(jsonOrNull(bytes), 'rootfs', null);
  // An image without layers has no `diff_ids`.
  const diffIds = field(rootfs, 'diff_ids', []);
  if (!Array.isArray(diffIds) || diffIds.length > layerLimit) return null;
  const texts = diffIds.filter((diffId) => typeof diffId === 'string' && /^sha256:[0-9a-f]{64}$/.test(diffId)) as string[];
  return texts.length === diffIds.length ? texts : null;
}

/** A field of an object, or `absent`. null when it has a name that only a lenient reader takes for it, or there is no object. */
function field(value: JsonValue, name: string, absent: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const keys = Object.keys(value).filter((key) => key.toUpperCase() === name.toUpperCase());
  if (keys.length === 0) return absent;
  return keys.length === 1 ? (value[name] ?? null) : null;
}

function jsonOrNull(bytes: Uint8Array): JsonValue {
  try {
    return jsonRead(bytes);
  } catch (cause) {
    if (cause instanceof BerthError) return null;
    throw cause;
  }
}
