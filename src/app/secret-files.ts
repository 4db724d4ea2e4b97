import { tenantScope } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import { containerSecrets } from '../db/store/container-secrets.ts';
import { BerthError } from '../domain/errors.ts';
import { labels } from '../domain/labels.ts';
import type { SecretDirectory } from '../domain/secrets-given.ts';
import { type Engine, EngineError } from '../engine/engine.ts';
import { probeImageEnsure } from '../hosts/probe-image.ts';
import { tarPadding } from '../images/archive-tar.ts';
import { tarEnd, tarHeader } from '../images/archive-tar-write.ts';
import { hostEngine } from './container-host.ts';
import type { App } from './context.ts';
import { secretsOpen } from './secret.ts';

const namePrefix = 'berth-secrets-';
/** Longer than an engine may take to start a container. A helper that was forgotten ends by itself then, and its engine removes it. */
const helperSeconds = 180;
const pageBytes = 4096;

/** Whether a volume of an engine is one of these, and so none of a tenant's. */
export function secretVolumeIs(name: string): boolean {
  return name.startsWith(namePrefix);
}

/** Makes the volumes for a container's secret files, empty: a tmpfs holds something only while a container runs with it. Returns their names. */
export async function secretVolumesMake(app: App, row: ContainerRow, directories: readonly SecretDirectory[]): Promise<string[]> {
  const names = directories.map((_, index) => volumeName(row.id, index));
  for (const [index, { files }] of directories.entries()) {
    // For each file its pages, and one for what the filesystem itself needs.
    const size = files.reduce((sum, { value }) => sum + Math.ceil(value.length / pageBytes) + 1, 1) * pageBytes;
    await hostEngine(app, row.hostId).json({
      method: 'POST',
      path: '/volumes/create',
      json: {
        Name: names[index],
        Driver: 'local',
        // The files say who may read them: an image's own user has to get that far.
        DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: `size=${size},mode=0755,nosuid,nodev,noexec` },
        Labels: { [labels.installation]: app.installation, [labels.tenant]: row.tenantId, [labels.secretsOf]: row.id },
      },
    });
  }
  return names;
}

/**
 * Runs `start` with a container's secret files in place. A tmpfs volume lives while some container runs with it, so a helper holds
 * and fills it until the container itself does. At each start anew: what a stop left is gone. Throws `unavailable`, and what secretsOpen throws.
 */
export async function withSecretFiles<T>(app: App, row: ContainerRow, start: () => Promise<T>): Promise<T> {
  const scope = tenantScope(app.db, row.tenantId);
  const pinned = await containerSecrets(scope, row.id);
  if (!pinned?.secrets.some(({ as }) => 'file' in as)) return start();
  const { directories } = await secretsOpen(app.seal, scope, pinned);
  const engine = hostEngine(app, row.hostId);
  await helperRemove(engine, row.id);
  try {
    await helperRun(app, engine, row, directories.length);
    for (const [index, { files }] of directories.entries())
      await engine.json({
        method: 'PUT',
        path: `/containers/${helperName(row.id)}/archive`,
        query: { path: `/${index}` },
        stream: filesTar(files),
      });
    return await start();
  } finally {
    // What is left of it ends by itself.
    await helperRemove(engine, row.id).catch(() => {});
  }
}

/** After its container is gone. One that another container mounts stays for the sweep. */
export async function secretVolumesRemove(app: App, row: Pick<ContainerRow, 'id' | 'hostId' | 'tenantId'>): Promise<void> {
  const pinned = await containerSecrets(tenantScope(app.db, row.tenantId), row.id);
  if (!pinned) return;
  const directories = new Set(pinned.secrets.flatMap(({ as }) => ('file' in as ? as.file.slice(0, as.file.lastIndexOf('/')) : [])));
  const engine = hostEngine(app, row.hostId);
  if (directories.size > 0) await helperRemove(engine, row.id);
  for (let index = 0; index < directories.size; index++) await secretVolumeRemove(engine, volumeName(row.id, index));
}

export async function secretVolumeRemove(engine: Engine, name: string): Promise<void> {
  await engine.json({ method: 'DELETE', path: `/volumes/${name}` }).catch(unless(404, 409));
}

async function helperRun(app: App, engine: Engine, row: ContainerRow, volumes: number): Promise<void> {
  const image = await probeImageEnsure(engine, app.fleet.host(row.hostId)?.row.architecture ?? '', app.probeImage);
  if (image === null)
    throw new BerthError(
      'unavailable',
      'The host of this container has nothing to put secret files in place with. Ask the operator, or give the secrets as variables.',
      {
        detail: 'no helper image could be brought there: set BERTH_PROBE_IMAGE to one with sh and sleep',
      },
    );
  await engine.json({
    method: 'POST',
    path: '/containers/create',
    query: { name: helperName(row.id) },
    json: {
      Image: image,
      Entrypoint: ['sleep', String(helperSeconds)],
      Labels: { [labels.secretsOf]: row.id },
      HostConfig: {
        AutoRemove: true,
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        ReadonlyRootfs: true,
        Memory: 16 * 2 ** 20,
        PidsLimit: 16,
        LogConfig: { Type: 'none' },
        Mounts: Array.from({ length: volumes }, (_, index) => ({
          ...{ Type: 'volume', Source: volumeName(row.id, index), Target: `/${index}` },
          VolumeOptions: { NoCopy: true },
        })),
      },
    },
  });
  await engine.json({ method: 'POST', path: `/containers/${helperName(row.id)}/start` });
}

async function* filesTar(files: SecretDirectory['files']): AsyncGenerator<Uint8Array> {
  for (const { name, mode, value } of files) {
    yield tarHeader({ kind: 'file', name, target: '', size: value.length, mtime: 0, mode });
    yield value;
    yield new Uint8Array(tarPadding(value.length));
  }
  yield tarEnd();
}

async function helperRemove(engine: Engine, containerId: string): Promise<void> {
  // 409: its engine removes it already, as it had ended.
  await engine.json({ method: 'DELETE', path: `/containers/${helperName(containerId)}`, query: { force: true } }).catch(unless(404, 409));
}

function unless(...statuses: number[]): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof EngineError && statuses.includes(error.status))) throw error;
  };
}

function helperName(containerId: string): string {
  return `${namePrefix}${containerId}`;
}

function volumeName(containerId: string, index: number): string {
  return `${namePrefix}${containerId}-${index}`;
}
