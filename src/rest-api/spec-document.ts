import type { FieldRow } from '../policy/field-table.ts';

interface Schema {
  type?: 'object' | 'array';
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
}

/** The table of a policy as a schema: what there is, and what is served of it. */
export function specDocument(rows: readonly FieldRow[]): { type: 'object'; properties: Record<string, { description?: string }> } {
  const root = { type: 'object' as const, properties: {} };
  for (const { path, verdict, why } of rows) {
    if (verdict === 'refused') continue;
    let at: Schema = root;
    for (const part of path.split('.')) {
      const name = part.replace('[]', '');
      at.type = 'object';
      at.properties ??= {};
      at = at.properties[name] ??= {};
      if (!part.endsWith('[]')) continue;
      at.type = 'array';
      at = at.items ??= {};
    }
    at.description = why;
  }
  return root;
}
