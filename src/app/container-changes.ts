import type { ContainerRow } from '../db/store/container.ts';
import { containerEngine } from './container-host.ts';
import { containerScrub } from './container-scrub.ts';
import type { App } from './context.ts';
import { engineGuard } from './engine-failure.ts';

/** A file that differs from the image's. `kind` as Docker counts it: 0 modified, 1 added, 2 deleted. */
export interface ContainerChange {
  Path: string;
  Kind: number;
}

const deadlineMs = 60_000;

/** What a container changed in its file system, as its engine finds it. */
export async function containerChanges(app: App, row: ContainerRow): Promise<ContainerChange[]> {
  const found = await engineGuard(containerScrub(app, row), () =>
    containerEngine(app, row).json<ContainerChange[] | null>({ method: 'GET', path: `/containers/${row.engineId}/changes`, deadlineMs }),
  );
  return found ?? [];
}
