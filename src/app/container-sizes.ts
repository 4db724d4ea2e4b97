import { containerEngine } from './container-host.ts';
import type { ContainerSeen } from './container-seen.ts';
import type { App } from './context.ts';

export interface ContainerSizes {
  rw: number;
  rootFs: number;
}

/** Sizes are no event of any engine: they are measured when somebody asks. Null when the host does not answer. */
export async function containerSizes(app: App, { row }: ContainerSeen): Promise<ContainerSizes | null> {
  try {
    const document = await containerEngine(app, row).json<{ SizeRw?: number; SizeRootFs?: number }>({
      method: 'GET',
      path: `/containers/${row.engineId}/json`,
      query: { size: true },
      deadlineMs: 60_000,
    });
    return { rw: document.SizeRw ?? 0, rootFs: document.SizeRootFs ?? 0 };
  } catch {
    return null;
  }
}
