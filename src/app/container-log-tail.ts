import { tenantScope } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import { containerSecrets } from '../db/store/container-secrets.ts';
import { streamText } from '../engine/frames.ts';
import { secretsMask } from '../policy/secrets-mask.ts';
import { containerEngine } from './container-host.ts';
import type { App } from './context.ts';
import { secretsOpen } from './secret.ts';

const lines = 20;
const maxChars = 4_096;

/** The last lines a container wrote, for whoever asks why it ended, its secrets masked; '' when its host does not answer, or a secret cannot be opened. */
export async function containerLogTail(app: App, row: ContainerRow): Promise<string> {
  try {
    const { body } = await containerEngine(app, row).stream({
      method: 'GET',
      path: `/containers/${row.engineId}/logs`,
      query: { stdout: true, stderr: true, tail: lines },
      deadlineMs: 5_000,
    });
    const text = await streamText(body, row.spec.tty);
    const scope = tenantScope(app.db, row.tenantId);
    const pinned = await containerSecrets(scope, row.id);
    const shown = pinned ? secretsMask(text, await secretsOpen(app.seal, scope, pinned)) : text;
    return shown.slice(-maxChars);
  } catch {
    return '';
  }
}
