import { z } from '@hono/zod-openapi';
import { hostAdd } from '../app/host-admin.ts';
import { enginesRequire } from './engines-require.ts';
import { jsonBody, jsonReply } from './fields.ts';
import { Host, HostLabels, HostName, HostTenants, hostView } from './host-schema.ts';
import { operation } from './operation.ts';

const pem = (kind: 'CERTIFICATE' | 'KEY') =>
  z
    .string()
    .max(65_536)
    .regex(
      kind === 'KEY' ? /-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/ : /-----BEGIN CERTIFICATE-----/,
      `must be a ${kind === 'KEY' ? 'private key' : 'certificate'} in PEM`,
    );

const HostNew = z
  .strictObject({
    name: HostName,
    url: z
      .string()
      .max(300)
      .regex(/^(unix:\/\/\/[^\s?#]+|tcp:\/\/([\w.-]+|\[[\da-fA-F:]+\]):\d{1,5})$/, 'must be tcp://host:port or unix:///path')
      .openapi({ example: 'tcp://10.0.0.4:2376' }),
    tls: z
      .strictObject({ ca: pem('CERTIFICATE'), cert: pem('CERTIFICATE'), key: pem('KEY') })
      .optional()
      .openapi({ description: 'PEM. Needed with tcp://: an engine without TLS belongs to whoever reaches its port.' }),
    labels: HostLabels.default({}),
    tenants: HostTenants.default([]),
  })
  .refine(({ url, tls }) => url.startsWith('unix:') === (tls === undefined), {
    path: ['tls'],
    message: 'must be there with tcp://, and not with unix://',
  });

export const hostAddOperation = operation({
  caller: 'operator',
  scope: 'admin',
  errors: ['conflict', 'unprocessable', 'not_served'],
  route: {
    method: 'post',
    path: '/v1/hosts',
    operationId: 'hostAdd',
    tags: ['Hosts'],
    summary: 'Add a host',
    description: 'Its engine is connected to first: 422 says what stands in the way. 501 from a Worker, which reaches no engine.',
    request: { body: jsonBody(HostNew) },
    responses: { 201: jsonReply('The host, joining: it is ready as soon as it is watched.', Host) },
  },
  async handle(c) {
    const { deps } = c.var;
    const { name, url, tls = null, labels, tenants } = c.req.valid('json');
    const row = await hostAdd(deps.system, deps.seal, enginesRequire(deps), { name, url, tls, labels, tenants });
    return c.json(hostView(row), 201);
  },
});
