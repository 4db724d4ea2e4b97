import type { RestApi } from './operation.ts';

export const documentPath = '/v1/openapi.json';

/** OpenAPI 3.1, made from the operations as they are registered. */
export function openApiDocument(api: RestApi, version: string): object {
  api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of a tenant, or of an operator.',
  });
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Berth',
      version,
      description: 'Tenants, their credentials, and the hosts of a fleet. Errors are problem details (RFC 9457); lists come in pages.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
  });
}
