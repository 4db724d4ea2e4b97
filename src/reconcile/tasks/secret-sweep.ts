import type { App } from '../../app/context.ts';
import { secretVolumeRemove } from '../../app/secret-files.ts';
import { containerFates } from '../../db/store/container.ts';
import { labels } from '../../domain/labels.ts';
import type { FleetHost } from '../../observe/fleet.ts';

/** Removes from a host the volumes for secret files whose container is gone. They are empty: what was in them went when it stopped. */
export async function secretSweep(app: App, { watch: { engine } }: FleetHost): Promise<void> {
  const filters = JSON.stringify({ label: [labels.secretsOf, `${labels.installation}=${app.installation}`] });
  const { Volumes: volumes } = await engine.json<{ Volumes: { Name: string; Labels: Record<string, string> }[] | null }>({
    method: 'GET',
    path: '/volumes',
    query: { filters },
  });
  if (!volumes || volumes.length === 0) return;
  const fates = await containerFates(app.system, [...new Set(volumes.map(({ Labels }) => Labels[labels.secretsOf] ?? ''))]);
  for (const { Name, Labels } of volumes)
    if (fates.get(Labels[labels.secretsOf] ?? '') === 'doomed') await secretVolumeRemove(engine, Name);
}
