import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { csrMake } from '../../../src/vault/authority.ts';
import { call, type Target } from './target.ts';

export function certificatesSuite(target: () => Target): void {
  describe('client certificates', () => {
    const mine = () => `/v1/tenants/${target().tenantId}/certificates`;
    const owner = () => ({ token: target().tenantToken });

    describe('happy', () => {
      it('are signed over the key of the request, for as long as asked, and listed', async () => {
        const { csrPem, keyPem } = await csrMake('whatever it says');
        const signed = await call(target(), 'POST', mine(), { ...owner(), json: { name: 'laptop', csr: csrPem, validDays: 7 } });
        expect(signed.status).toBe(201);
        const certificate = new X509Certificate(signed.json.certificate);
        expect(certificate.serialNumber.toLowerCase()).toBe(signed.json.serial);
        expect(certificate.subject).toBe('CN=laptop');
        expect(certificate.ca).toBe(false);
        expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
        const { createPrivateKey } = await import('node:crypto');
        expect(certificate.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
        const days = (Date.parse(signed.json.expiresAt) - Date.now()) / 86_400_000;
        expect(days).toBeGreaterThan(6.9);
        expect(days).toBeLessThan(7.1);
        const list = await call(target(), 'GET', `${mine()}?limit=200`, owner());
        const { certificate: _pem, ...view } = signed.json;
        expect(list.json.items).toContainEqual(view);
      });

      it('are revoked, and then say when', async () => {
        const { csrPem } = await csrMake('x');
        const { json } = await call(target(), 'POST', mine(), { ...owner(), json: { name: 'lost', csr: csrPem } });
        expect((await call(target(), 'DELETE', `${mine()}/${json.id}`, owner())).status).toBe(204);
        const list = await call(target(), 'GET', `${mine()}?limit=200`, owner());
        expect(list.json.items.find((item: { id: string }) => item.id === json.id).revokedAt).toEqual(expect.any(String));
      });
    });

    describe('error', () => {
      it.each([
        ['no PEM', 'hello'],
        ['a PEM of something else', '-----BEGIN CERTIFICATE REQUEST-----\naGVsbG8=\n-----END CERTIFICATE REQUEST-----\n'],
        ['nothing', ''],
      ])('%s is no certificate request', async (_what, csr) => {
        const refused = await call(target(), 'POST', mine(), { ...owner(), json: { name: 'x', csr } });
        expect(refused.status).toBe(400);
        expect(refused.json.detail).toContain('PKCS#10');
      });

      it('a request that another key signed is refused', async () => {
        const { csrPem } = await csrMake('x');
        const der = Buffer.from(csrPem.replace(/-----[^-]+-----/g, ''), 'base64');
        der[der.length - 5] = (der[der.length - 5] ?? 0) ^ 1;
        const csr = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
        expect((await call(target(), 'POST', mine(), { ...owner(), json: { name: 'x', csr } })).status).toBe(400);
      });

      it.each([0, 826, 1.5, -1, '30'])('it cannot be valid for %j days', async (validDays) => {
        const { csrPem } = await csrMake('x');
        const refused = await call(target(), 'POST', mine(), { ...owner(), json: { name: 'x', csr: csrPem, validDays } });
        expect(refused.status).toBe(400);
        expect(refused.json.errors[0].field).toBe('validDays');
      });
    });
  });
}
