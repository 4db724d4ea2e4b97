/** Bytes that are too many for memory, on the disk of this server. Nothing of it is left when it is closed, or when the process dies. */
export interface Spool {
  /** Bytes so far. */
  readonly size: number;
  /** At its end. Throws `too_large` when the tenant's share of the disk is used up. */
  write(chunk: Uint8Array): Promise<void>;
  read(offset: number, length: number): AsyncIterable<Uint8Array>;
  /** May be called twice. */
  close(): Promise<void>;
}

/** Opens one for a tenant. */
export type SpoolOpen = (tenantId: string) => Promise<Spool>;
