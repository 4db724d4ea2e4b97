/** One request to a registry. */
export interface RegistryRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Always `https:`; the runtime decides where plain HTTP may be used instead. */
  url: string;
  headers: Record<string, string>;
  /** A stream is read once, when somebody is there to take it. */
  body?: string | AsyncIterable<Uint8Array>;
  signal: AbortSignal;
}

export interface RegistryReply {
  status: number;
  header(name: string): string | null;
  /** Must be read to its end, or left in the middle of reading: an unread one holds its connection. */
  body: AsyncIterable<Uint8Array>;
}

/**
 * Asks on behalf of a tenant who chose the address. So it follows redirects of a GET or HEAD by itself, goes nowhere but to public addresses and
 * to registries that the operator allows ('refused'), and keeps a credential from every other host. 'engine_failed' when there is
 * no answer in time.
 */
export type RegistryFetch = (request: RegistryRequest) => Promise<RegistryReply>;

/** The registry answered no. `code` is the distribution specification's, as `MANIFEST_UNKNOWN`; '' when it gave none that we know the form of. */
export class RegistryRefusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string) {
    super(`registry answered ${status} ${code}`);
    this.name = 'RegistryRefusal';
    this.status = status;
    this.code = code;
  }
}
