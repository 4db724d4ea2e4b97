import { labelPrefix } from '../../domain/labels.ts';

/** Labels without ours. Where one says something twice, the later one counts. */
export function ownLabels(...layers: (Record<string, string> | null | undefined)[]): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer ?? {})) {
      if (key.startsWith(labelPrefix)) continue;
      // A label may be called so, and an assignment would not make it one.
      if (key === '__proto__') Object.defineProperty(shown, key, { value, enumerable: true, configurable: true, writable: true });
      else shown[key] = value;
    }
  }
  return shown;
}
