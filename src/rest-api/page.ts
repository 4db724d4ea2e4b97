import { z } from '@hono/zod-openapi';
import type { ZodType } from 'zod';
import { base64Url } from '../domain/encoding.ts';
import { BerthError } from '../domain/errors.ts';

export const PageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 200')
    .transform(Number)
    .pipe(z.number().min(1).max(200))
    .optional()
    .openapi({ type: 'integer', minimum: 1, maximum: 200, default: 50 }),
  cursor: z.string().max(200).optional().openapi({ description: '`next` of the page before. Absent: the first page.' }),
});

const defaultLimit = 50;

/** `next` null: this is the last page. Rows made while one pages may be missed; none comes twice. */
export function pageOf<T extends ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable().openapi({ description: 'The cursor of the page after this one.' }) });
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads one page of rows ordered by id, which looks like `idForm`. A cursor holds where it left off and in which list. Throws `malformed` for one that is not ours. */
export async function pageRead<Row extends { id: string }, View>(
  list: string,
  query: z.infer<typeof PageQuery>,
  read: (after: string | null, limit: number) => Promise<Row[]>,
  view: (row: Row) => View,
  idForm: RegExp = uuid,
): Promise<{ items: View[]; next: string | null }> {
  const limit = query.limit ?? defaultLimit;
  const after = query.cursor === undefined ? null : cursorRead(list, query.cursor, idForm);
  // One more than asked for tells whether there is a next page.
  const rows = await read(after, limit + 1);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(view), next: rows.length > limit && last ? cursorMake(list, last.id) : null };
}

function cursorMake(list: string, id: string): string {
  return base64Url(new TextEncoder().encode(`${list} ${id}`));
}

function cursorRead(list: string, cursor: string, idForm: RegExp): string {
  const text = decoded(cursor);
  const id = text.slice(list.length + 1);
  if (text !== `${list} ${id}` || !idForm.test(id) || cursorMake(list, id) !== cursor) {
    throw new BerthError('malformed', 'cursor: this is not a cursor of this list. Take `next` from the page before, or leave it out.');
  }
  return id;
}

function decoded(cursor: string): string {
  try {
    return atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return '';
  }
}
