/**
 * What becomes of one field of a tenant's request. `served`: read and passed on in our words; `capped`: served within a
 * limit or from a list; `ours`: accepted and replaced by the platform's value; `refused`: any value but an empty one is refused.
 */
export interface FieldRow {
  /** `HostConfig.Memory`; `Mounts[].Type` for the elements of a list, `EndpointsConfig.*.Links` for the values of a map. */
  path: string;
  verdict: 'served' | 'capped' | 'refused' | 'ours';
  /** One clause that can stand after a colon, without a full stop. */
  why: string;
  /** Set where an empty value has a meaning of its own: then only null passes. */
  nullOnly?: true;
}

/** The rows by folded path. */
export type FieldTable = ReadonlyMap<string, FieldRow>;

export function fieldTable(rows: readonly FieldRow[]): FieldTable {
  const table = new Map<string, FieldRow>();
  for (const row of rows) {
    const key = nameFold(row.path);
    if (table.has(key)) throw new Error(`two rows for ${row.path}`);
    table.set(key, row);
  }
  return table;
}

/**
 * The names of the body's own fields, for routes whose clients repeat them in the query (`queryRead`). Docker writes fields with
 * a capital and parameters without, so a real parameter such as `name` is not among them.
 */
export function fieldNames(rows: readonly FieldRow[]): string[] {
  return rows.map(({ path }) => path).filter((path) => /^[A-Z][^.]*$/.test(path));
}

export function fieldTableMarkdown(rows: readonly FieldRow[]): string {
  const lines = rows.map((row) => `| \`${row.path}\` | ${row.verdict} | ${row.why.replaceAll('|', '\\|')} |`);
  return ['| field | policy | why |', '|---|---|---|', ...lines, ''].join('\n');
}

/**
 * Folds a name as Go's encoding/json does when it matches keys to struct fields: case, and the two letters outside ASCII
 * that fold into it, long s and the Kelvin sign (which lower-casing already turns into k).
 */
export function nameFold(name: string): string {
  const lower = name.toLowerCase();
  return lower.includes('ſ') ? lower.replaceAll('ſ', 's') : lower;
}
