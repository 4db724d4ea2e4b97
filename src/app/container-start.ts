import type { TenantScope } from '../db/scope.ts';
import { type ContainerRow, containerKeep, containerRelease } from '../db/store/container.ts';
import { containerHold, containerLetGo } from '../db/store/container-share.ts';
import { BerthError } from '../domain/errors.ts';
import { EngineError } from '../engine/engine.ts';
import { containerEngine } from './container-host.ts';
import { containerAutoRemove } from './container-remove.ts';
import { containerScrub } from './container-scrub.ts';
import { containerTouched } from './container-seen.ts';
import { containerWork } from './container-work.ts';
import type { App } from './context.ts';
import { engineFailure } from './engine-failure.ts';
import { containerPortsOpen, containerPortsRelease, containerPortsTake } from './port-take.ts';
import { withSecretFiles } from './secret-files.ts';

const startDeadlineMs = 120_000;
/** Takes the container's share of its host, then starts it. Throws `not_modified` when it runs, `unavailable` when there is no room. */
export async function containerStart(app: App, row: ContainerRow, query: { detachKeys?: string }): Promise<void> {
  await withHold(app, row, () =>
    containerEngine(app, row).json({ method: 'POST', path: `/containers/${row.engineId}/start`, query, deadlineMs: startDeadlineMs }),
  );
}

/** Stops it if it runs, and starts it. `timeoutSeconds` null: the container's own. */
export async function containerRestart(
  app: App,
  scope: TenantScope,
  row: ContainerRow,
  options: { timeoutSeconds: number | null; signal: string | null },
): Promise<void> {
  const graceSeconds = options.timeoutSeconds ?? row.spec.stopTimeoutSeconds ?? 10;
  if (row.spec.autoRemove) await containerKeep(scope, row.id, graceSeconds + 30);
  await withHold(app, row, () =>
    containerEngine(app, row).json({
      method: 'POST',
      path: `/containers/${row.engineId}/restart`,
      query: { t: options.timeoutSeconds ?? undefined, signal: options.signal ?? undefined },
      deadlineMs: startDeadlineMs + Math.max(graceSeconds, 0) * 1000,
    }),
  );
  if (row.spec.autoRemove) await containerKeep(scope, row.id, 0);
}

async function withHold(app: App, row: ContainerRow, start: () => Promise<unknown>): Promise<void> {
  try {
    await containerWork(app, row.id, async () => {
      // While the row names us, what is seen of the container is no reason to give its share back.
      const held = await containerHold(app.system, row.id, app.processId);
      if (!held) throw noRoom();
      try {
        await app.step('start:held');
        await containerPortsTake(app, row);
        await containerPortsOpen(app, row);
        // Only those of a deployment or a job have secrets.
        await (held.owned ? withSecretFiles(app, row, start) : start());
        await app.step('start:engine');
      } finally {
        if (held.claimed) await containerRelease(app.system, row.id, app.processId);
      }
    });
  } catch (error) {
    if (startRefused(error)) {
      await containerLetGo(app.system, row.id);
      await containerPortsRelease(app, row);
      // Docker removes a `--rm` container that could not start, as one that ended.
      if (row.spec.autoRemove) await containerAutoRemove(app, row);
    }
    throw engineFailure(error, containerScrub(app, row));
  } finally {
    await containerTouched(app, row);
  }
}

/** The engine said no, a port is another's, or the quota is used up: it does not run. Of anything else nobody knows, and whoever looks at it next gives back what it holds. */
function startRefused(error: unknown): boolean {
  return error instanceof EngineError
    ? error.status !== 304
    : error instanceof BerthError && (error.code === 'conflict' || error.code === 'refused');
}

function noRoom(): BerthError {
  return new BerthError(
    'unavailable',
    'The host of this container has no room for it at the moment: every bit of its memory or cpu is held by running containers. Stop one of yours there, or remove this container and create it anew to have it placed elsewhere.',
  );
}
