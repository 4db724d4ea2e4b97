import { scopeTransaction, type TenantScope } from '../db/scope.ts';
import { type ContainerRow, containerCreated, containerEngineName, containerInsert } from '../db/store/container.ts';
import type { ImageRow } from '../db/store/image.ts';
import { groupBind } from '../db/store/network.ts';
import { tenantRules } from '../db/store/tenant.ts';
import type { ContainerSpec } from '../domain/container-spec.ts';
import { BerthError } from '../domain/errors.ts';
import { isolationChoose } from '../domain/isolation.ts';
import { labels } from '../domain/labels.ts';
import type { SecretsGiven } from '../domain/secrets-given.ts';
import { EngineError } from '../engine/engine.ts';
import { type ContainerPlacement, containerApiVersionNeeded, containerCreateWrite } from '../policy/container-create.write.ts';
import { cpuLimited } from '../policy/container-resources.ts';
import { containerSecretsWrite } from '../policy/container-secrets.write.ts';
import { type ImageConfig, imageConfigCheck } from '../policy/image-config.ts';
import type { ContainerPort } from '../policy/ports-choose.ts';
import { demandOf } from '../scheduler/demand.ts';
import { sandboxRuntime } from '../scheduler/filters/isolation.ts';
import type { PlacementRequest } from '../scheduler/types.ts';
import { hostEngine } from './container-host.ts';
import { containerCreateUndo } from './container-intent.ts';
import { containerNameMake } from './container-name.ts';
import { containerNameTaken } from './container-name-taken.ts';
import { type ContainerParts, containerParts } from './container-parts.ts';
import { containerPlace } from './container-place.ts';
import { containerScrub } from './container-scrub.ts';
import { containerAnonymousVolumes } from './container-volumes.ts';
import { containerWork } from './container-work.ts';
import type { App } from './context.ts';
import { engineFailure } from './engine-failure.ts';
import { imageEnsure } from './image-ensure.ts';
import { imageFind } from './image-find.ts';
import { networkEngineName, networkRealize } from './network-realize.ts';
import { containerHostPorts } from './port-host.ts';
import { secretVolumesMake } from './secret-files.ts';
import { volumeRealize } from './volume-realize.ts';

/**
 * Makes a container: chooses a host, writes the intent, gets image, networks and volumes there, calls the engine under a name
 * that derives from the row, and records the outcome. Whatever dies in between, the row says what to look for.
 */
export async function containerCreate(
  app: App,
  scope: TenantScope,
  asked: ContainerSpec,
  owner?: ContainerOwner,
): Promise<ContainerRow & { engineId: string }> {
  const [rules, image] = await Promise.all([
    tenantRules(scope),
    owner?.layers ?? imageFind(scope, owner?.imageId ?? asked.image),
    app.directory.fresh(),
  ]);
  const spec = cpuLimited(asked, rules.quota.nanoCpus);
  const isolation = isolationChoose(spec.isolation, rules.isolation);
  if (isolation === 'dedicated')
    throw new BerthError('refused', 'HostConfig.Isolation: hosts cannot be dedicated to one tenant yet. Use shared or sandboxed.');
  if (spec.network.mode === 'networks' && spec.network.endpoints.length === 0)
    throw new BerthError('internal', 'a container without a network choice');
  imageConfigCheck(imageConfig(image.document), spec);
  const parts = await containerParts(app, scope, spec);
  const id = crypto.randomUUID();
  return containerWork(app, id, async () => {
    const intent = { id, isolation, imageId: image.id, architecture: imageArchitecture(image.document), parts, owner };
    const row = await app.placing(() => intentWrite(app, scope, spec, intent));
    return intentCarryOut(app, scope, row, { parts, imageDocument: image.document, owner });
  });
}

async function intentCarryOut(
  app: App,
  scope: TenantScope,
  row: ContainerRow,
  { parts, imageDocument, owner }: { parts: ContainerParts; imageDocument: unknown; owner: ContainerOwner | undefined },
): Promise<ContainerRow & { engineId: string }> {
  app.directory.containers.apply(row);
  try {
    await app.step('create:intent');
    const engineId = await engineCreate(app, scope, row, parts, { exposed: imagePorts(imageDocument), owner });
    await app.step('create:engine');
    await containerAnonymousVolumes(app, scope, { ...row, engineId }, imageDocument);
    const created = await containerCreated(scope, row.id, { engineId, processId: app.processId });
    if (!created) throw new BerthError('not_found', 'The container was removed while it was being created.');
    app.directory.containers.apply(created);
    await app.step('create:done');
    await app.bus.barrier();
    return { ...created, engineId };
  } catch (error) {
    await containerCreateUndo(app, scope, row, error);
    throw engineFailure(error, containerScrub(app, row));
  }
}

/** Who makes a container that is not free: a deployment, or a build. */
export interface ContainerOwner {
  /** Resolved when the revision was made: its tag may have moved since. */
  imageId?: string;
  /** Of a build's step: an image that no tenant has by name or right. */
  layers?: ImageRow;
  /** Of its life no event is told. */
  untold?: boolean;
  /** The host that the owner has chosen. */
  pinnedTo?: string;
  /** Asked for when it is placed, one after another: where its peers are must be known then. */
  placement(): Pick<PlacementRequest, 'constraints' | 'spread' | 'peers' | 'maxPerHost'>;
  /** Ports that the owner publishes: bound on the host like a container's own. */
  ports: ContainerPort[];
  /** Open: given to the engine, and to nothing else. Absent: it has none. */
  secrets?: SecretsGiven;
  /** Writes its own row in the transaction of the container's. */
  claim(tx: TenantScope, row: ContainerRow): Promise<void>;
}

interface Intent {
  id: string;
  isolation: 'shared' | 'sandboxed';
  imageId: string;
  architecture: string | null;
  parts: ContainerParts;
  owner: ContainerOwner | undefined;
}

/** Chooses a host and writes the row in one go; chooses again when a group was bound elsewhere meanwhile, or a made-up name was taken. */
async function intentWrite(app: App, scope: TenantScope, spec: ContainerSpec, intent: Intent): Promise<ContainerRow> {
  const demand = demandOf(spec.resources);
  const { parts } = intent;
  for (let attempt = 0; ; attempt++) {
    const bound = [...parts.pinnedTo, ...parts.groups.flatMap((group) => group.hostId ?? []), intent.owner?.pinnedTo ?? ''];
    const pinnedTo = [...new Set(bound.filter((hostId) => hostId !== ''))];
    const request = {
      ...demand,
      isolation: intent.isolation,
      architecture: intent.architecture,
      apiVersionNeeded: containerApiVersionNeeded(spec),
      pinnedTo,
      ...intent.owner?.placement(),
    };
    const hostId = await containerPlace(app, scope, request, intent.imageId);
    try {
      // Most of the time the row is all there is to write, and one statement is a transaction by itself.
      const write = async (tx: TenantScope) => {
        for (const group of parts.groups) {
          group.hostId = await groupBind(tx, group.id, hostId);
          if (group.hostId !== hostId) throw new GroupBoundElsewhere();
        }
        const row = await containerInsert(tx, {
          id: intent.id,
          hostId,
          groupId: parts.groups[0]?.id ?? null,
          name: spec.name ?? containerNameMake(attempt),
          spec,
          imageId: intent.imageId,
          isolation: intent.isolation,
          processId: app.processId,
          demandMemoryBytes: demand.memoryBytes,
          demandNanoCpus: demand.nanoCpus,
        });
        await intent.owner?.claim(tx, row);
        return row;
      };
      const alone = parts.groups.length === 0 && !intent.owner;
      return await (alone ? write(scope) : scopeTransaction(scope, write));
    } catch (error) {
      const again =
        error instanceof GroupBoundElsewhere || (spec.name === null && error instanceof BerthError && error.code === 'conflict');
      if (!again || attempt >= 5) throw spec.name === null ? error : await containerNameTaken(app, scope, spec.name, error);
    }
  }
}

class GroupBoundElsewhere extends Error {}

async function engineCreate(
  app: App,
  scope: TenantScope,
  row: ContainerRow,
  parts: ContainerParts,
  { exposed, owner }: { exposed: string[]; owner: ContainerOwner | undefined },
): Promise<string> {
  const engine = hostEngine(app, row.hostId);
  const volumeNames = new Map<string, string>();
  for (const volume of parts.volumes) {
    volumeNames.set(volume.name, volume.engineName);
    await volumeRealize(app, scope, volume, row.hostId);
  }
  for (const { network } of parts.endpoints) await networkRealize(app, scope, network, row.hostId);

  const placement: ContainerPlacement = {
    imageId: row.imageId,
    labels: {
      ...{ [labels.installation]: app.installation, [labels.tenant]: scope.tenantId, [labels.container]: row.id },
      ...(owner?.untold && { [labels.untold]: '' }),
    },
    volumeNames,
    networkMode: parts.networkMode,
    endpoints: parts.endpoints.map(({ network, spec }) => ({
      engineNetwork: networkEngineName(network.id),
      aliases: [row.name, ...spec.aliases.filter((alias) => alias !== row.name)],
      links: spec.links,
      ipv4: spec.ipv4,
    })),
    ports: await containerHostPorts(app, row, exposed, owner?.ports ?? []),
    containerIds: parts.containerIds,
    runtime: row.isolation === 'sandboxed' ? sandboxRuntime : null,
    apiVersion: engine.apiVersion,
  };
  const { body: plain, connectAfter } = containerCreateWrite(row.spec, placement);
  const secrets = owner?.secrets;
  const body = secrets ? containerSecretsWrite(plain, secrets, await secretVolumesMake(app, row, secrets.directories)) : plain;
  const create = () =>
    engine.json<{ Id: string }>({
      method: 'POST',
      path: '/containers/create',
      query: { name: containerEngineName(row.id) },
      json: body,
      deadlineMs: 60_000,
    });
  let made: { Id: string };
  try {
    made = await create();
  } catch (error) {
    if (!(error instanceof EngineError && error.status === 404 && /no such image/i.test(error.message))) throw error;
    await imageEnsure(app, row.imageId, row.hostId);
    made = await create();
  }
  for (const { engineNetwork, endpoint } of connectAfter) {
    await engine.json({
      method: 'POST',
      path: `/networks/${engineNetwork}/connect`,
      json: { Container: made.Id, EndpointConfig: endpoint },
    });
  }
  return made.Id;
}

function imageArchitecture(document: unknown): string | null {
  const architecture = (document as { Architecture?: unknown } | null)?.Architecture;
  return typeof architecture === 'string' && architecture !== '' ? architecture : null;
}

function imageConfig(document: unknown): ImageConfig {
  return (document as { Config?: ImageConfig | null } | null)?.Config ?? {};
}

/** `80/tcp`: what an image exposes. */
function imagePorts(document: unknown): string[] {
  return Object.keys((document as { Config?: { ExposedPorts?: Record<string, unknown> | null } } | null)?.Config?.ExposedPorts ?? {});
}
