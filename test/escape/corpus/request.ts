/** One hostile request, as data: the same list is dispatched in-process and sent over TLS with real engines behind it. */
export interface HostileRequest {
  name: string;
  method: string;
  /**
   * Path and query as sent. `{container}`, `{running}`, `{exec}`, `{network}`, `{volume}` and `{image}` stand for the attacker's own
   * things, since a power must be refused to their owner too.
   */
  target: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is: text is UTF-8. */
  raw?: string | Uint8Array;
  /** Not every trick is refused: some are read without their power. Says why that harms nobody; absent: it must be refused. */
  harmless?: string;
  /** Refused late, when an engine was already called with a part that has no effect. */
  late?: true;
}

/** The same body under several names, in order. */
export function requests(method: string, target: string, bodies: Record<string, unknown>): HostileRequest[] {
  return Object.entries(bodies).map(([name, json]) => ({ name: `${method} ${target}: ${name}`, method, target, json }));
}

/** Targets that must not be served, whatever they are asked with. */
export function targets(method: string, list: readonly string[], json?: unknown): HostileRequest[] {
  return list.map((target) => ({ name: `${method} ${target}`, method, target, json }));
}
