import type { App } from '../app/context.ts';
import type { TenantPrincipal } from '../auth/principal.ts';
import type { TenantScope } from '../db/scope.ts';
import type { ScopeNeeded } from '../domain/scopes.ts';
import type { EngineHijack } from '../engine/engine.ts';
import type { JsonValue } from '../policy/json.ts';
import type { Query } from '../policy/query.ts';

/** A call that was authenticated, matched a route and had its path, query and JSON body read. */
export interface Call {
  app: App;
  principal: TenantPrincipal;
  scope: TenantScope;
  /** The API version the client speaks: `1.47`. */
  version: string;
  params: Record<string, string>;
  query: Query;
  /** Of a route with `body: 'json'`; null where the client sent none. */
  json: JsonValue;
  /** Of a route with `body: 'stream'`. */
  stream: AsyncIterable<Uint8Array>;
  header(name: string): string | null;
  /** Fires when the client is gone. */
  signal: AbortSignal;
}

export type Reply =
  | { kind: 'json'; status: number; body: unknown; headers?: Record<string, string> }
  /** JSON that is already text, or its bytes: what is rendered once is sent often. */
  | { kind: 'text'; status: number; body: string | Uint8Array; contentType: string; headers?: Record<string, string> }
  | { kind: 'empty'; status: number; headers?: Record<string, string> }
  | { kind: 'stream'; status: number; body: AsyncIterable<Uint8Array>; headers: Record<string, string> }
  /** The connection becomes the engine's raw stream. `ended` is called once, when it is over, and before the client reads its end. */
  | {
      kind: 'hijack';
      hijack: EngineHijack & { opening?(): Promise<Uint8Array | null> };
      ended(): Promise<void>;
      webSocket?: WebSocketReply;
    };

/** The stream as WebSocket messages: `output` instead of the raw one. `key`: of the request. */
export interface WebSocketReply {
  key: string;
  binary: boolean;
  output: AsyncIterable<Uint8Array>;
}

/** A row of the allowlist: what is not in the table is not served. */
export interface Route {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** `:name` is one segment, `:name*` one or more: image names have slashes. */
  path: string;
  /** What a credential must be good for. Of a route that changes something this is never `read`: the audit goes by it. */
  scope: ScopeNeeded;
  /** The parameters it knows; any other that is not empty is refused by name. */
  query: readonly string[];
  /** Those of them that may be repeated. */
  repeatable?: readonly string[];
  /** Fields of the body that dockerode repeats in the query: dropped there unread. */
  echoed?: readonly string[];
  /** `input`: none, or the container's input in chunks, which is left to the hijack. */
  body: 'none' | 'json' | 'stream' | 'input';
  handle(call: Call): Promise<Reply>;
}

export const noContent: Reply = { kind: 'empty', status: 204 };

export function json(status: number, body: unknown): Reply {
  return { kind: 'json', status, body };
}
