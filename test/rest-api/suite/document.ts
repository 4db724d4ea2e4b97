import { beforeAll, describe, expect, it } from 'vitest';
import { csrMake } from '../../../src/vault/authority.ts';
import { call, nameMake, type Target, tenantMake } from './target.ts';

interface DocumentOperation {
  method: string;
  path: string;
  caller: string;
  secured: boolean;
  responses: string[];
}

/** What a person must have thought about: everything else needs a credential. */
const open = ['GET /healthz', 'GET /readyz', 'GET /v1/version'];
/** What any credential may ask, and what says nothing about a tenant but the caller's own. */
const forHolders = ['GET /v1/me', 'GET /v1/endpoint', 'GET /v1/audit'];

/** What only operators have: a tenant is told nothing about it, whichever id it guesses. */
const operatorsOwn = { hostId: crypto.randomUUID(), operatorTokenId: crypto.randomUUID() };

/** Every operation that the document names, so that one that is added is probed without anybody thinking of it. */
export function documentSuite(target: () => Target): void {
  describe('the OpenAPI document', () => {
    let document: Awaited<ReturnType<typeof call>>['json'];
    let all: DocumentOperation[];
    /** Whom the probes are about, and everything that must never be seen. */
    let victim: Awaited<ReturnType<typeof tenantMake>> & { certificateId: string };
    /** Of the tenant that the target has from the start. */
    let wished: { deploymentId: string; operationId: string; jobId: string };
    let intruder: Awaited<ReturnType<typeof tenantMake>>;

    beforeAll(async () => {
      document = (await call(target(), 'GET', '/v1/openapi.json')).json;
      all = Object.entries<Record<string, Record<string, unknown>>>(document.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({
          ...{ method: method.toUpperCase(), path, caller: String(operation['x-berth-caller']) },
          secured: (operation.security as unknown[]).length > 0,
          responses: Object.keys(operation.responses as object),
        })),
      );
      const made = await tenantMake(target());
      const { csrPem } = await csrMake('victim');
      const signed = await call(target(), 'POST', `/v1/tenants/${made.id}/certificates`, {
        token: made.token,
        json: { name: 'laptop', csr: csrPem },
      });
      victim = { ...made, certificateId: signed.json.id };
      const { json } = await call(target(), 'POST', '/v1/deployments', {
        token: target().tenantToken,
        json: { name: nameMake('victim'), spec: { image: target().imageId } },
      });
      const job = await call(target(), 'POST', '/v1/jobs', {
        token: target().tenantToken,
        json: { name: nameMake('victim'), spec: { image: target().imageId } },
      });
      wished = { deploymentId: json.deploymentId, operationId: json.id, jobId: job.json.id };
      intruder = await tenantMake(target());
    });

    /** The path with the victim's ids; what we do not know an id of would be probed with a wrong one, so it fails here. */
    function pathOf(operation: DocumentOperation, tenantId: string): string {
      const ids: Record<string, string> = {
        tenantId,
        tokenId: victim.tokenId,
        certificateId: victim.certificateId,
        ...operatorsOwn,
        ...wished,
        ...{
          revision: '1',
          stack: 'shop',
          run: '1',
          containerId: 'c0ffee'.padEnd(64, '0'),
          secretName: 'password',
          registry: 'registry.dev:5000',
        },
      };
      return operation.path.replace(/\{(\w+)\}/g, (_all, name) => ids[name] ?? expect.fail(`give the probes a victim's ${name}`));
    }

    it('is OpenAPI 3.1, describes what there is and names each operation once', () => {
      expect(document.openapi).toBe('3.1.0');
      expect(all.length).toBeGreaterThan(20);
      const ids = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap((methods) =>
        Object.values(methods).map((o) => o.operationId),
      );
      expect(new Set(ids).size).toBe(ids.length);
      expect(document.components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
    });

    it('has patterns that others can read', () => {
      const patterns = [...JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\\\]|\\\\.)*")/g)].map((match) =>
        JSON.parse(match[1] ?? ''),
      );
      expect(patterns.length).toBeGreaterThan(3);
      for (const pattern of patterns) expect(() => new RegExp(pattern, 'u'), pattern).not.toThrow();
      expect(patterns.filter((pattern) => pattern.startsWith('^') && !pattern.endsWith('$'))).toEqual([]);
    });

    it('says of every operation who may call it', () => {
      for (const { method, path, caller, secured } of all) {
        const name = `${method} ${path}`;
        expect(['anyone', 'holder', 'tenant', 'own', 'operator'], name).toContain(caller);
        expect(caller === 'anyone', name).toBe(open.includes(name));
        expect(caller === 'holder', name).toBe(forHolders.includes(name));
        expect(secured, name).toBe(caller !== 'anyone');
        if (path.includes('{tenantId}')) expect(['tenant', 'operator'], name).toContain(caller);
      }
    });

    it('every operation that needs a credential answers 401 without one, whatever else is wrong', async () => {
      for (const operation of all.filter(({ secured }) => secured)) {
        const reply = await call(
          target(),
          operation.method,
          pathOf(operation, 'not-an-id'),
          operation.method === 'POST' ? { json: { wrong: true } } : {},
        );
        expect(reply.status, `${operation.method} ${operation.path}`).toBe(401);
        expect(operation.responses).toContain('401');
      }
    });

    it('no operation shows or changes anything of another tenant', async () => {
      const secrets = [victim.id, victim.name, victim.tokenId, victim.certificateId, wished.deploymentId, wished.operationId, wished.jobId];
      for (const operation of all.filter(({ secured }) => secured)) {
        const name = `${operation.method} ${operation.path}`;
        const reply = await call(target(), operation.method, pathOf(operation, victim.id), {
          token: intruder.token,
          ...(operation.method === 'POST' ? { json: {} } : {}),
        });
        if (forHolders.includes(name)) expect([200, 501], name).toContain(reply.status);
        // What is its own it may ask for: deploymentsSuite asks well-formed for what is another's.
        else if (operation.caller === 'own') expect(operation.path.includes('{') ? [400, 404] : [200, 400], name).toContain(reply.status);
        else expect(reply.status, name).toBe(operation.caller === 'operator' ? 403 : 404);
        // In the audit the intruder reads its own questions, with the ids it asked for.
        if (name === 'GET /v1/audit') continue;
        for (const secret of secrets) expect(reply.text, name).not.toContain(secret);
      }
      expect((await call(target(), 'GET', '/v1/me', { token: victim.token })).json.tenant).toMatchObject({
        id: victim.id,
        state: 'active',
      });
    });

    it("no operation reaches another tenant's things through the caller's own path", async () => {
      for (const operation of all.filter(({ path }) => /\{tenantId\}.*\{/.test(path))) {
        const reply = await call(target(), operation.method, pathOf(operation, intruder.id), {
          token: intruder.token,
          ...(operation.method === 'POST' ? { json: {} } : {}),
        });
        expect(reply.status, `${operation.method} ${operation.path}`).toBe(404);
      }
      const certificates = await call(target(), 'GET', `/v1/tenants/${victim.id}/certificates`, { token: victim.token });
      expect(certificates.json.items[0].revokedAt).toBeNull();
      expect((await call(target(), 'GET', '/v1/me', { token: victim.token })).status).toBe(200);
    });
  });
}
