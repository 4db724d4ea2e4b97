import { z } from 'zod';
import { type Given, textOption, UsageError } from './command.ts';

const defaultDeadlineMs = 30_000;

/** The server, or the way to it, failed: exit code 1. */
export class ApiError extends Error {
  readonly status: number | null;
  constructor(message: string, status: number | null, cause?: unknown) {
    super(message, { cause });
    this.name = 'ApiError';
    this.status = status;
  }
}

export interface CallOptions {
  headers?: Record<string, string>;
  /** How long the answer may take. */
  deadlineMs?: number;
}

/** A Berth server's `/v1`, called with one token. Every call throws ApiError with words for the person at the terminal. */
export interface Api {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown, options?: CallOptions): Promise<T>;
  put<T>(path: string, body: unknown, options?: CallOptions): Promise<T>;
  patch<T>(path: string, body: unknown, options?: CallOptions): Promise<T>;
  delete<T>(path: string): Promise<T>;
  /** Every page of a list. */
  all<T>(path: string): Promise<T[]>;
  /** An answer that goes on: server-sent events. `lastId`: the last one that was read. */
  stream(path: string, lastId: string | null): Promise<ReadableStream<Uint8Array>>;
}

type TokenVariable = 'BERTH_TOKEN' | 'BERTH_OPERATOR_TOKEN';

/** With the operator's token from the environment. Throws UsageError when that is not set. */
export function operatorApi(): Api {
  return apiOpen('BERTH_OPERATOR_TOKEN');
}

/** With the token of a tenant, about that tenant's own things. Throws UsageError when it is not set. */
export function ownApi(): Api {
  return apiOpen('BERTH_TOKEN');
}

/** The tenant a command is about, and its path: `--tenant` (a name or an id) for operators, else the one that BERTH_TOKEN belongs to. */
export async function tenantApi(given: Given): Promise<{ api: Api; path: string }> {
  const asked = textOption(given, 'tenant');
  if (asked !== undefined) {
    const api = operatorApi();
    return { api, path: `/v1/tenants/${(await tenantFind(api, asked)).id}` };
  }
  const api = apiOpen('BERTH_TOKEN');
  const me = await api.get<{ tenant: { id: string } | null }>('/v1/me');
  if (!me.tenant)
    throw new UsageError('BERTH_TOKEN holds an operator token. Name a tenant with --tenant, and put that token into BERTH_OPERATOR_TOKEN.');
  return { api, path: `/v1/tenants/${me.tenant.id}` };
}

/** Whose tokens a command is about: the operators' with `--operator`, else a tenant's. */
export async function tokensApi(given: Given): Promise<{ api: Api; path: string }> {
  if (given.options.operator) {
    if (given.options.tenant !== undefined) throw new UsageError('--operator and --tenant exclude each other.');
    return { api: operatorApi(), path: '/v1/operator-tokens' };
  }
  const { api, path } = await tenantApi(given);
  return { api, path: `${path}/tokens` };
}

export async function tenantFind(api: Api, nameOrId: string): Promise<{ id: string; name: string }> {
  return find(await api.all<{ id: string; name: string }>('/v1/tenants'), nameOrId, 'tenant');
}

export async function hostFind(api: Api, nameOrId: string): Promise<{ id: string; name: string }> {
  return find(await api.all<{ id: string; name: string }>('/v1/hosts'), nameOrId, 'host');
}

function find<T extends { id: string; name: string }>(items: T[], nameOrId: string, kind: string): T {
  const found = items.find(({ name }) => name === nameOrId) ?? items.find(({ id }) => id === nameOrId);
  if (!found) throw new ApiError(`There is no ${kind} "${nameOrId}".`, null);
  return found;
}

/** Where the server is. Throws UsageError when BERTH_URL is missing or no address. */
function serverUrl(): URL {
  const text = process.env.BERTH_URL;
  if (!text)
    throw new UsageError(
      'BERTH_URL is not set. It is the address of a Berth server, as http://localhost:2480; `berth serve` writes it to .berth/env.',
    );
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new UsageError('BERTH_URL is no address. It should look like http://localhost:2480.');
  return new URL(text);
}

function apiOpen(variable: TokenVariable): Api {
  const base = serverUrl();
  const token = process.env[variable];
  if (!token)
    throw new UsageError(
      `${variable} is not set. ${variable === 'BERTH_TOKEN' ? 'It is a token of your tenant; operators may name one with --tenant instead.' : 'Only an operator of the fleet can do this.'}`,
    );
  if (!/^[\x21-\x7e]+$/.test(token)) throw new UsageError(`${variable} holds no token: a token has no spaces and no special characters.`);

  const send = <T>(method: string, path: string, body?: unknown, options?: CallOptions) =>
    call<T>(base, method, path, { token, variable, body, ...options });
  return {
    async stream(path, lastId) {
      const headers = { authorization: `Bearer ${token}`, ...(lastId !== null && { 'last-event-id': lastId }) };
      const response = await reach(base, new URL(path, base), { headers, redirect: 'error' });
      if (response.ok && response.body) return response.body;
      throw refusal(base, response.status, jsonOf(await response.text()), variable);
    },
    get: (path) => send('GET', path),
    post: (path, body, options) => send('POST', path, body, options),
    put: (path, body, options) => send('PUT', path, body, options),
    patch: (path, body, options) => send('PATCH', path, body, options),
    delete: (path) => send('DELETE', path),
    async all<T>(path: string) {
      const items: T[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const page: { items: T[]; next: string | null } = await send('GET', `${path}${path.includes('?') ? '&' : '?'}limit=200${query}`);
        items.push(...page.items);
        cursor = page.next;
      }
      return items;
    },
  };
}

/** Of a server that asks for no credential for this. */
export function serverVersion(): Promise<{ version: string }> {
  return call(serverUrl(), 'GET', '/v1/version', {});
}

const Problem = z.object({ detail: z.string(), operatorDetail: z.string().optional() });

async function call<T>(
  base: URL,
  method: string,
  path: string,
  {
    token,
    variable,
    body,
    headers,
    deadlineMs = defaultDeadlineMs,
  }: CallOptions & { token?: string; variable?: TokenVariable; body?: unknown },
): Promise<T> {
  const response = await reach(base, new URL(path, base), {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(deadlineMs),
    redirect: 'error',
  });
  const text = await response.text();
  const json = jsonOf(text);
  if (response.ok && (text === '' || json !== undefined)) return json as T;
  throw refusal(base, response.status, json, variable);
}

function refusal(base: URL, status: number, json: unknown, variable: TokenVariable | undefined): ApiError {
  const problem = Problem.safeParse(json);
  if (!problem.success)
    return new ApiError(`What answers at ${base.origin} is no Berth server (status ${status}). Check BERTH_URL.`, status);
  const { detail, operatorDetail } = problem.data;
  if (status === 401) return new ApiError(`${detail} (${variable} was used.)`, 401);
  return new ApiError(operatorDetail ? `${detail}\n${operatorDetail}` : detail, status);
}

async function reach(base: URL, url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = (cause as { code?: string }).code || (cause instanceof Error ? cause.message : String(cause));
    throw new ApiError(`No Berth server answers at ${base.origin} (${reason}). Is it running, and is BERTH_URL right?`, null, error);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
