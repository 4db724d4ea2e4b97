import fc from 'fast-check';
import type { FieldRow } from '../../src/policy/field-table.ts';

/** How often each property is tried; a run of hours may set it. */
export const fuzzRuns = Number(process.env.FUZZ_RUNS ?? 2_000);

/** The same requests at every run, and others each time: the second seed is printed, and FUZZ_SEED asks for it again. */
export const fuzzSeeds = [1, Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))];

const odd = fc.constantFrom(
  ...['', '0', '1', '-1', '+1', '1e9', '1.5', '0x10', '99999999999999999999', '9007199254740993', 'NaN', 'true', 'false', 'null'],
  ...['[]', '{}', '{"', '{"a":["b"]}', '{"name":["x"]}', '{"label":{"a":true}}', '{"id":[null]}', '{"status":["running"]}', '[[[[[[[['],
  ...['..', '/', '//', '/..', 'a/b', 'a:b', 'a@sha256:b', `a@sha256:${'0'.repeat(64)}`, 'a'.repeat(5_000), 'ſ', 'İ', '\u0000', '\ud800'],
  ...['%', '%zz', '%00', '%2e%2e', '*', '?', '#', '&', '=', ';', '\\', "'", '"', '`', '$(x)', '\r\n', '\t', '😀', 'é', 'é'],
  ...['2024-01-01T00:00:00Z', '1700000000.5', '-1700000000', '1m', '0s', 'all', 'SIGKILL', '9', '__proto__', 'constructor', 'toString'],
);

export const text = fc.oneof({ weight: 3, arbitrary: odd }, fc.string({ unit: 'grapheme', maxLength: 20 }), fc.string({ unit: 'binary' }));

export const json: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.oneof(odd, fc.boolean(), fc.constant(null), fc.integer(), fc.double(), fc.maxSafeInteger()) },
  fc.array(fc.oneof(odd, fc.integer(), fc.constant(null), fc.dictionary(odd, odd, { maxKeys: 2 })), { maxLength: 3 }),
  fc.dictionary(odd, fc.oneof(odd, fc.integer(), fc.array(odd, { maxLength: 2 }), fc.constant({})), { maxKeys: 3 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A body with some of the fields of a table, most of them with values they cannot have. */
export function bodyOf(rows: readonly FieldRow[], good: object = {}): fc.Arbitrary<unknown> {
  const field = fc.tuple(fc.constantFrom(...rows.map(({ path }) => path)), json);
  return fc.array(field, { maxLength: 4 }).map((fields) => {
    const body = structuredClone(good) as Record<string, unknown>;
    for (const [path, value] of fields) fieldSet(body, path, value);
    return body;
  });
}

/** `A.B`, `A[].B` and `A.*.B` as the tables write them. */
function fieldSet(body: Record<string, unknown>, path: string, value: unknown): void {
  const [first = '', ...rest] = path.split('.');
  const name = first === '*' ? 'key' : first.replace('[]', '');
  if (rest.length === 0) {
    body[name] = first.endsWith('[]') ? [value] : value;
    return;
  }
  const known = body[name];
  const inner = typeof known === 'object' && known !== null && !Array.isArray(known) ? (known as Record<string, unknown>) : {};
  body[name] = first.endsWith('[]') ? [inner] : inner;
  fieldSet(inner, rest.join('.'), value);
}
