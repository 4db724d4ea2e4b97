import { z } from '@hono/zod-openapi';
import { certificateSign } from '../app/certificate.ts';
import { callerOf } from './caller.ts';
import { Certificate, certificateView } from './certificate-schema.ts';
import { CredentialName, jsonBody, jsonReply, TenantParams } from './fields.ts';
import { GrantsNew, grantsAsk } from './grants-schema.ts';
import { operation } from './operation.ts';

const longestDays = 825;

export const certificateSignOperation = operation({
  caller: 'tenant',
  scope: 'admin',
  errors: ['conflict'],
  route: {
    method: 'post',
    path: '/v1/tenants/{tenantId}/certificates',
    operationId: 'certificateSign',
    tags: ['Credentials'],
    summary: 'Sign a client certificate',
    description: 'For the Docker endpoint. Make the key where it will be used; only its certificate request is sent here.',
    request: {
      params: TenantParams,
      body: jsonBody(
        z.strictObject({
          name: CredentialName,
          csr: z
            .string()
            .max(16_384)
            .openapi({ description: 'PKCS#10 in PEM. Its subject is not read: the tenant is known by the serial.' }),
          validDays: z.number().int().min(1).max(longestDays).default(365),
          ...GrantsNew.shape,
        }),
      ),
    },
    responses: {
      201: jsonReply(
        'The certificate.',
        Certificate.extend({ certificate: z.string().openapi({ description: 'PEM.' }) }).openapi('CertificateSigned'),
      ),
    },
  },
  async handle(c) {
    const { system, clientAuthority } = c.var.deps;
    const maker = callerOf(c);
    const { name, csr, validDays, ...grants } = c.req.valid('json');
    const { row, certificatePem } = await certificateSign(system, await clientAuthority(), maker, c.req.valid('param').tenantId, {
      ...{ name, csr, validDays },
      ...grantsAsk(grants, maker),
    });
    return c.json({ ...certificateView(row), certificate: certificatePem }, 201);
  },
});
