import { z } from '@hono/zod-openapi';
import { BerthError } from '../domain/errors.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';

const Endpoint = z
  .object({
    url: z.string().openapi({ example: 'tcp://berth.example.com:2376', description: 'For DOCKER_HOST.' }),
    authority: z
      .string()
      .nullable()
      .openapi({ description: "PEM, for ca.pem. null: a public authority signed the endpoint's certificate." }),
  })
  .openapi('Endpoint');

export const endpointOperation = operation({
  caller: 'holder',
  scope: 'any',
  errors: ['not_served'],
  route: {
    method: 'get',
    path: '/v1/endpoint',
    operationId: 'endpoint',
    tags: ['Server'],
    summary: 'Where the Docker endpoint is',
    description: '501 from a server that was not told.',
    responses: { 200: jsonReply('The Docker endpoint.', Endpoint) },
  },
  handle(c) {
    const { endpoint } = c.var.deps;
    if (!endpoint)
      throw new BerthError('not_served', 'This server does not know of a Docker endpoint. Ask the operator for its address and authority.');
    return c.json({ url: endpoint.url, authority: endpoint.authorityPem }, 200);
  },
});
