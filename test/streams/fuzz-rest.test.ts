import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restApp } from '../../src/rest-api/app.ts';
import { type RunningRest, restUp } from '../rest-api/rest-up.ts';
import { fuzzRuns, fuzzSeeds, json, text } from './fuzz-values.ts';

interface Operation {
  method: string;
  path: string;
  query: string[];
  /** Properties of its body. */
  fields: string[];
  body: boolean;
}

let rest: RunningRest;
let app: ReturnType<typeof restApp>;
let operations: Operation[];

beforeAll(async () => {
  // A flood is what this is; what floods are held back by has tests of its own.
  rest = await restUp((deps) => ({ ...deps, traffic: { ...deps.traffic, request: () => ({ RateLimit: '', 'RateLimit-Policy': '' }) } }));
  app = restApp(rest.deps);
  const document = await (await app.request('/v1/openapi.json')).json();
  const schemas = document.components.schemas;
  const resolve = (schema: { $ref?: string; properties?: object } = {}) =>
    schema.$ref ? schemas[schema.$ref.split('/').at(-1) ?? ''] : schema;
  operations = Object.entries<Record<string, Record<string, never>>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]: [string, Record<string, never>]) => {
      const body = operation.requestBody as { content?: Record<string, { schema?: { $ref?: string } }> } | undefined;
      return {
        ...{ method: method.toUpperCase(), path, body: body !== undefined },
        query: ((operation.parameters ?? []) as { in: string; name: string }[]).filter((one) => one.in === 'query').map(({ name }) => name),
        fields: Object.keys(resolve(Object.values(body?.content ?? {})[0]?.schema)?.properties ?? {}),
      };
    }),
  );
  expect(operations.length).toBeGreaterThan(30);
});
afterAll(() => rest?.stop());

function requestOf({ method, path, query, fields, body }: Operation) {
  const id = fc.oneof(text, fc.constant(rest.tenantId));
  const parts = fc.array(id, { minLength: 3, maxLength: 3 });
  const encode = (value: string) => encodeURIComponent(value.toWellFormed());
  const pairs = fc.array(fc.tuple(fc.constantFrom(...query, 'x'), text), { maxLength: 3 });
  const documents = fc.oneof(json, fc.dictionary(fc.constantFrom(...fields, 'name', 'spec'), json, { maxKeys: 5 }));
  const bodies = fc.oneof({ weight: 5, arbitrary: documents.map((value) => JSON.stringify(value)) }, text);
  return fc.record({
    method: fc.constantFrom(method, method, method, 'GET', 'POST', 'PATCH', 'DELETE'),
    target: fc
      .tuple(parts, pairs)
      .map(
        ([values, asked]) =>
          `${path.replace(/\{\w+\}/g, () => encode(values.shift() ?? 'x') || 'x')}?${asked.map(([name, value]) => `${name}=${encode(value)}`).join('&')}`,
      ),
    body: body ? bodies : fc.constant(undefined),
    operator: fc.boolean(),
    headers: fc.dictionary(
      fc.constantFrom('idempotency-key', 'last-event-id', 'if-match', 'content-type'),
      fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
      { maxKeys: 1 },
    ),
  });
}

describe('whatever is asked of the REST API', () => {
  it.each(fuzzSeeds)('it answers, and never with a fault of its own: seed %i', async (seed) => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...operations).chain(requestOf), async ({ method, target, body, operator, headers }) => {
        // It must stay for the others.
        fc.pre(method !== 'DELETE' || !target.includes(rest.tenantId));
        const response = await app.request(
          target,
          {
            method,
            headers: {
              ...{ authorization: `Bearer ${operator ? rest.operatorToken : rest.tenantToken}`, 'content-type': 'application/json' },
              ...headers,
            },
            ...(method !== 'GET' && { body }),
          },
          {},
        );
        const shown = `${method} ${target} ${JSON.stringify(headers)} ${body}`;
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        if (response.headers.get('content-type')?.startsWith('text/event-stream')) return void (await response.body?.cancel());
        const said = await response.text();
        const logged = rest.log.splice(0).filter((line) => line.includes('"level":"error"'));
        expect([response.status, ...logged], shown).not.toContain(500);
        expect(logged, shown).toEqual([]);
        if (response.status >= 400)
          expect(JSON.parse(said), shown).toMatchObject({ status: response.status, detail: expect.stringMatching(/\S/) });
      }),
      { seed, numRuns: fuzzRuns, endOnFailure: true },
    );
    console.log(
      `rest: ${[...statuses]
        .sort()
        .map(([status, count]) => `${count} × ${status}`)
        .join(', ')}`,
    );
  });
});
