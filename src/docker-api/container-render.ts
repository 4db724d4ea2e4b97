import type { ContainerSeen } from '../app/container-seen.ts';
import { containerSizes } from '../app/container-sizes.ts';
import type { App } from '../app/context.ts';
import { networkEngineName } from '../app/network-realize.ts';
import type { ContainerRow } from '../db/store/container.ts';
import type { NetworkRow } from '../db/store/network.ts';
import { eachAtOnce } from '../domain/each-at-once.ts';
import type { ContainerIdentity, NetworkName, OwnPort } from './views/container-identity.ts';
import { containerInspectView } from './views/container-inspect.ts';
import { containerListItem } from './views/container-list.ts';
import { containerStatusText } from './views/container-state.ts';

/** An engine walks a container's files for its size. */
const sizesAtOnce = 8;

/** A tenant's names for everything its containers' documents may mention; made once per request, not once per container. */
export interface TenantNames {
  networks: NetworkRow[];
  engineNetworkIds: Map<string, string[]>;
  volumes: Map<string, string>;
  containerNames: Map<string, string>;
  /** The edge's ports that lead to a container now. */
  portsOf(containerId: string): readonly OwnPort[];
  generation: number;
}

export function tenantNames(app: App, tenantId: string): TenantNames {
  const networks = app.directory.networksOf(tenantId);
  return {
    networks,
    engineNetworkIds: new Map(
      networks.map((network) => [network.id, app.directory.realizations.get(network.id).flatMap((row) => row.engineId ?? [])]),
    ),
    volumes: new Map(app.directory.volumesOf(tenantId).map((volume) => [volume.engineName, volume.name])),
    containerNames: new Map(
      [...app.directory.containersOf(tenantId)].flatMap((row) => (row.engineId === null ? [] : [[row.engineId, row.name]])),
    ),
    portsOf: (containerId) => app.directory.publicationsOf(containerId).filter(({ state }) => state !== 'kept'),
    generation: app.directory.generation(tenantId),
  };
}

export function containerIdentity(
  row: ContainerRow & { engineId: string },
  names: TenantNames,
  unknownSince: Date | null,
): ContainerIdentity {
  const endpoints = row.spec.network.mode === 'networks' ? row.spec.network.endpoints : [];
  const networks = new Map<string, NetworkName>();
  for (const network of names.networks) {
    const endpoint = endpoints.find(
      ({ network: wanted }) => wanted === network.name || wanted === network.id || (wanted === 'default' && network.name === 'bridge'),
    );
    const shown = { name: network.name, id: network.id, aliases: endpoint?.aliases ?? [] };
    for (const engineName of [networkEngineName(network.id), ...(names.engineNetworkIds.get(network.id) ?? [])])
      networks.set(engineName, shown);
  }
  return {
    engineId: row.engineId,
    name: row.name,
    image: row.spec.image,
    labels: row.spec.labels,
    isolation: row.isolation,
    autoRemove: row.spec.autoRemove,
    networks,
    volumes: names.volumes,
    containerNames: names.containerNames,
    ports: names.portsOf(row.id),
    spec: row.spec,
    state: stateOf(unknownSince),
  };
}

function stateOf(unknownSince: Date | null): ContainerIdentity['state'] {
  return unknownSince ? { unknownSince: unknownSince.toISOString() } : 'known';
}

interface Rendered {
  key: string;
  text: string;
}

const inspects = new WeakMap<object, Rendered>();
const items = new WeakMap<object, Rendered>();

/** The inspect document as text. Rendered once per document of the engine, however often it is asked for. */
export function containerInspectText(app: App, seen: ContainerSeen, apiVersion: string): string {
  const key = `${apiVersion} ${app.directory.generation(seen.row.tenantId)} ${seen.unknownSince?.getTime() ?? ''}`;
  return remembered(inspects, seen.document, key, () =>
    JSON.stringify(
      containerInspectView(seen.document, containerIdentity(seen.row, tenantNames(app, seen.row.tenantId), seen.unknownSince), apiVersion),
    ),
  );
}

/** One line of a list as text, rendered anew only when something in it changed: its status reads differently as time goes by. */
export function containerItemText(seen: ContainerSeen, names: TenantNames, apiVersion: string, now: Date): string {
  const key = `${apiVersion} ${names.generation} ${containerStatusText(seen.document, { state: stateOf(seen.unknownSince) }, now)}`;
  return remembered(items, seen.document, key, () =>
    JSON.stringify(containerListItem(seen.document, containerIdentity(seen.row, names, seen.unknownSince), apiVersion, now)),
  );
}

/** The lines of a list with the sizes of each container, which are measured now. */
export async function containerItemsSized(
  app: App,
  seen: readonly ContainerSeen[],
  names: TenantNames,
  apiVersion: string,
): Promise<string[]> {
  const now = new Date();
  const texts = new Map<ContainerSeen, string>();
  await eachAtOnce(seen, sizesAtOnce, async (one) => {
    const text = containerItemText(one, names, apiVersion, now);
    const sizes = await containerSizes(app, one);
    texts.set(one, sizes ? JSON.stringify({ ...JSON.parse(text), SizeRw: sizes.rw, SizeRootFs: sizes.rootFs }) : text);
  });
  return seen.flatMap((one) => texts.get(one) ?? []);
}

function remembered(cache: WeakMap<object, Rendered>, document: object, key: string, render: () => string): string {
  const known = cache.get(document);
  if (known?.key === key) return known.text;
  const text = render();
  cache.set(document, { key, text });
  return text;
}
