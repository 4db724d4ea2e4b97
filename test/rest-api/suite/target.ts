/** A running REST API, whatever runs it. */
export interface Target {
  url: string;
  operatorToken: string;
  /** Of the owner of a tenant that exists. */
  tenantToken: string;
  tenantId: string;
  /** Of an image that this tenant has, also as `known:1`. */
  imageId: string;
  /** Engines can be reached: Node, not a Worker. */
  engines: boolean;
}

export interface RestReply {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
  json: any;
}

export interface RestCall {
  token?: string;
  json?: unknown;
  /** As it is, with whatever type `headers` says. */
  body?: BodyInit;
  headers?: Record<string, string>;
}

export async function call(
  target: Pick<Target, 'url'>,
  method: string,
  path: string,
  { token, json, body, headers }: RestCall = {},
): Promise<RestReply> {
  const response = await fetch(new URL(path, target.url), {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: json === undefined ? body : JSON.stringify(json),
    redirect: 'manual',
    // A body that is a stream has no length beforehand.
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });
  const text = await response.text();
  return {
    ...{ status: response.status, headers: response.headers, text },
    get json() {
      return JSON.parse(text);
    },
  };
}

/** A name that no other test has. */
export function nameMake(prefix: string): string {
  return `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Another tenant with a token of its own. */
export async function tenantMake(target: Target): Promise<{ id: string; name: string; token: string; tokenId: string }> {
  const name = nameMake('t');
  const tenant = await call(target, 'POST', '/v1/tenants', { token: target.operatorToken, json: { name } });
  const token = await call(target, 'POST', `/v1/tenants/${tenant.json.id}/tokens`, {
    token: target.operatorToken,
    json: { name: 'owner' },
  });
  return { id: tenant.json.id, name, token: token.json.token, tokenId: token.json.id };
}
