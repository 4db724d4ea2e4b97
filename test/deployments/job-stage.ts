import type { Berth, Tenant } from '../harness.ts';

export interface RunRead {
  id: string;
  number: number;
  trigger: string;
  state: string;
  attempt: number;
  exitCode: number | null;
  reason: string;
  log: string;
  containerId: string | null;
}

/** Calls `/v1` as a tenant. */
export function jobCall(berth: Berth, tenant: Tenant) {
  return async <T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; json: T }> => {
    const reply = await fetch(`http://127.0.0.1:${berth.server.httpPort}${path}`, {
      method,
      headers: { authorization: `Bearer ${tenant.token}`, ...(body && { 'content-type': 'application/json' }), ...headers },
      body: body && JSON.stringify(body),
    });
    const text = await reply.text();
    return { status: reply.status, json: text === '' ? null : JSON.parse(text) };
  };
}
