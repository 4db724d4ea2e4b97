import type { ContainerRow } from '../db/store/container.ts';
import { containerEngine } from './container-host.ts';
import { containerScrub } from './container-scrub.ts';
import { containerTouched } from './container-seen.ts';
import type { App } from './context.ts';
import { engineGuard } from './engine-failure.ts';

/** Asks the container to end and kills it after its grace. `timeoutSeconds` null: its own; negative: never kill. */
export async function containerStop(
  app: App,
  row: ContainerRow,
  options: { timeoutSeconds: number | null; signal: string | null },
): Promise<void> {
  const graceSeconds = options.timeoutSeconds ?? row.spec.stopTimeoutSeconds ?? 10;
  await act(
    app,
    row,
    'stop',
    { t: options.timeoutSeconds ?? undefined, signal: options.signal ?? undefined },
    graceSeconds < 0 ? 0 : graceSeconds * 1000 + 30_000,
  );
}

export function containerKill(app: App, row: ContainerRow, signal: string | null): Promise<void> {
  return act(app, row, 'kill', { signal: signal ?? undefined });
}

export function containerPause(app: App, row: ContainerRow): Promise<void> {
  return act(app, row, 'pause');
}

export function containerUnpause(app: App, row: ContainerRow): Promise<void> {
  return act(app, row, 'unpause');
}

/** The size of its terminal, in characters. */
export function containerResize(app: App, row: ContainerRow, size: { height: number; width: number }): Promise<void> {
  return act(app, row, 'resize', { h: size.height, w: size.width });
}

async function act(
  app: App,
  row: ContainerRow,
  verb: string,
  query: Record<string, string | number | undefined> = {},
  deadlineMs?: number,
): Promise<void> {
  try {
    await engineGuard(containerScrub(app, row), () =>
      containerEngine(app, row).json({ method: 'POST', path: `/containers/${row.engineId}/${verb}`, query, deadlineMs }),
    );
  } finally {
    await containerTouched(app, row);
  }
}
