import type { ContainerSeen } from '../app/container-seen.ts';
import type { App } from '../app/context.ts';
import { containerStatusUntil } from './views/container-state.ts';

interface Rendered {
  generation: number;
  documents: readonly object[];
  /** In milliseconds since 1970: then the status of one of them reads differently. */
  until: number;
  body: Uint8Array;
}

/** By tenant, and by what was asked for. */
const lists = new Map<string, Rendered>();
const listsMost = 1_000;

/**
 * A list as it is sent: the one that was sent last as long as nothing in it has changed. `asked` says all that it depends on beside the
 * containers. Kept as bytes, since encoding a long text for each reply takes longer than encrypting it.
 */
export function containerListBody(
  app: App,
  tenantId: string,
  seen: readonly ContainerSeen[],
  asked: string,
  now: Date,
  render: () => string,
): Uint8Array {
  // Until when its status is true depends on the host, and such a list is rare.
  if (seen.some(({ unknownSince }) => unknownSince !== null)) return Buffer.from(render());
  const key = `${tenantId} ${asked}`;
  const generation = app.directory.generation(tenantId);
  const known = lists.get(key);
  if (known?.generation === generation && now.getTime() < known.until && sameDocuments(known.documents, seen)) return known.body;
  const body = Buffer.from(render());
  if (lists.size >= listsMost) lists.clear();
  const documents = seen.map(({ document }) => document);
  const until = Math.min(...documents.map((document) => containerStatusUntil(document, now)));
  lists.set(key, { generation, documents, until, body });
  return body;
}

/** A document is replaced when it is asked for anew, never changed. */
function sameDocuments(documents: readonly object[], seen: readonly ContainerSeen[]): boolean {
  return documents.length === seen.length && seen.every(({ document }, i) => document === documents[i]);
}
