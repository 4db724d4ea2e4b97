import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const folder = join(import.meta.dirname, '../../migrations');

/** The statements of a migration without its comments. */
function statements(sql: string): string[] {
  return sql
    .replace(/--> statement-breakpoint/g, '\n;;\n')
    .replace(/^\s*--.*$/gm, '')
    .split(/;;|;\s*$/m)
    .map((text) => text.replace(/"/g, '').replace(/\s+/g, ' ').trim())
    .filter((text) => text !== '');
}

/** What a server of the version before, which runs on beside this one, would miss or stumble over. `known`: tables that it has. */
function breaks(sql: string, known: ReadonlySet<string>): string[] {
  const all = statements(sql);
  return all.filter((text) => {
    const [, table = ''] = /^(?:alter table|create unique index \S+ on) (?:only )?(?:public\.)?(\w+)/i.exec(text) ?? [];
    const [, narrowed = ''] = /^revoke .* on (?:table )?(\w+) from /i.exec(text) ?? [];
    const old = known.has(table) || known.has(narrowed);
    if (/^(drop (table|view|function|type|schema|policy|role|index)|truncate)\b/i.test(text)) return true;
    if (/\b(rename (to|column)|drop column)\b/i.test(text)) return true;
    const [, trigger] = /^drop trigger (\w+)/i.exec(text) ?? [];
    if (trigger !== undefined) return !all.some((other) => new RegExp(`^create trigger ${trigger}\\b`, 'i').test(other));
    if (!old) return false;
    if (narrowed !== '') return true;
    if (/\balter column \w+ (set data type|type|set not null|drop default)\b/i.test(text)) return true;
    if (/^create unique index|\badd constraint \S+ (unique|check|exclude)\b/i.test(text)) return true;
    return /\badd column\b/i.test(text) && /\bnot null\b/i.test(text) && !/\bdefault\b/i.test(text);
  });
}

function tablesOf(sql: string): string[] {
  return [...sql.matchAll(/create table (?:if not exists )?"?(\w+)"?/gi)].map(([, name]) => name ?? '');
}

describe('a migration', () => {
  it('only adds: a server of the version before runs on beside it', () => {
    const known = new Set<string>();
    const found: string[] = [];
    const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
    expect(files.length).toBeGreaterThan(20);
    for (const file of files.sort()) {
      const sql = readFileSync(join(folder, file), 'utf8');
      found.push(...breaks(sql, known).map((text) => `${file}: ${text.slice(0, 160)}`));
      for (const table of tablesOf(sql)) known.add(table);
    }
    expect(found, 'add what is new, let one release go by that does not read the old, and take that away then').toEqual([]);
  });

  it.each([
    'ALTER TABLE "job" DROP COLUMN "image_id";',
    'ALTER TABLE "job" RENAME COLUMN "image_id" TO "image";',
    'ALTER TABLE "job" RENAME TO "work";',
    'DROP TABLE "job" CASCADE;',
    'ALTER TABLE "job" ALTER COLUMN "number" SET DATA TYPE bigint;',
    'ALTER TABLE "job" ALTER COLUMN "number" SET NOT NULL;',
    'ALTER TABLE "job" ADD COLUMN "must" text NOT NULL;',
    'CREATE UNIQUE INDEX "job_one" ON "job" USING btree ("name");',
    'ALTER TABLE "job" ADD CONSTRAINT "job_check" CHECK (length(name) > 0);',
    'DROP TRIGGER job_changed ON job;',
    'REVOKE UPDATE ON job FROM CURRENT_USER;',
  ])('would be told of: %s', (sql) => {
    expect(breaks(`-- words\n${sql}`, new Set(['job']))).toHaveLength(1);
  });

  it('may add columns, tables and what is theirs, and make a trigger anew', () => {
    const sql = [
      'CREATE TABLE "new" ("id" uuid PRIMARY KEY NOT NULL, "must" text NOT NULL);',
      'CREATE UNIQUE INDEX "new_must" ON "new" USING btree ("must");',
      'ALTER TABLE "job" ADD COLUMN "may" text;',
      `ALTER TABLE "job" ADD COLUMN "must" text DEFAULT '' NOT NULL;`,
      'DROP TRIGGER job_changed ON job;',
      'CREATE TRIGGER job_changed AFTER INSERT ON job FOR EACH ROW EXECUTE FUNCTION berth_row_changed();',
    ];
    expect(breaks(sql.join('--> statement-breakpoint\n'), new Set(['job']))).toEqual([]);
  });
});
