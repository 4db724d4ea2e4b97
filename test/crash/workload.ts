import { containerCreate } from '../../src/app/container-create.ts';
import { containerFind } from '../../src/app/container-find.ts';
import { containerRemove } from '../../src/app/container-remove.ts';
import { containerRename } from '../../src/app/container-rename.ts';
import { containerKill } from '../../src/app/container-signal.ts';
import { containerRestart, containerStart } from '../../src/app/container-start.ts';
import type { App } from '../../src/app/context.ts';
import { type TenantScope, tenantScope } from '../../src/db/scope.ts';
import type { ContainerSpec } from '../../src/domain/container-spec.ts';
import { containerCreateRead } from '../../src/policy/container-create.read.ts';
import { jsonRead } from '../../src/policy/json.ts';
import type { Random } from './random.ts';

/** What clients know of one container, and what they asked for before they had an answer. */
export interface Known {
  engineId: string;
  tenantId: string;
  /** They were told that it exists. */
  exists: boolean;
  /** They were told that it started. */
  runs: boolean;
  /** Something was asked for that ends it, or it ends by itself. */
  mayEnd: boolean;
  /** A removal was asked for, or it removes itself. */
  mayGo: boolean;
  /** They were told that it is removed. */
  gone: boolean;
}

export class Ledger {
  readonly #known = new Map<string, Known>();

  of({ engineId, tenantId }: { engineId: string; tenantId: string }): Known {
    const known = this.#known.get(engineId) ?? { engineId, tenantId, exists: false, runs: false, mayEnd: false, mayGo: false, gone: false };
    this.#known.set(engineId, known);
    return known;
  }

  all(): Known[] {
    return [...this.#known.values()];
  }
}

export const names = ['web', 'db', 'cache', 'queue', 'mail'];

/** One request of a random client. Throws what Berth answers; what it was told of is in the ledger before it returns. */
export async function requestMake(app: App, tenantIds: readonly string[], ledger: Ledger, random: Random): Promise<void> {
  const scope = tenantScope(app.db, random.pick(tenantIds));
  const name = random.pick(names);
  const what = random.int(10);
  if (what < 5) return run(app, scope, ledger, name, random);
  if (what < 7) return remove(app, scope, ledger, name, random.chance(0.5));
  const row = await containerFind(app, scope, name);
  if (what === 7) return containerRename(app, scope, row, random.pick(names));
  ledger.of(row).mayEnd = true;
  if (what === 8) return containerKill(app, row, 'KILL');
  await containerRestart(app, scope, row, { timeoutSeconds: 0, signal: null });
}

/** A request to create, read as one that came over the wire. */
export function specOf(name: string, body: object): ContainerSpec {
  return containerCreateRead(jsonRead(new TextEncoder().encode(JSON.stringify({ Image: 'busybox', ...body }))), { name, platform: null });
}

/** As `docker run -d` does. */
async function run(app: App, scope: TenantScope, ledger: Ledger, name: string, random: Random): Promise<void> {
  const short = random.chance(0.3);
  const autoRemove = random.chance(0.3);
  const start = random.chance(0.85);
  const body = {
    Cmd: short ? ['sh', '-c', 'sleep 0.1'] : ['top'],
    ...(random.chance(0.3) && { Volumes: { '/data': {} } }),
    HostConfig: {
      AutoRemove: autoRemove,
      ...(random.chance(0.3) && !autoRemove && !short && { RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } }),
    },
  };
  const row = await containerCreate(app, scope, specOf(name, body));
  const known = ledger.of(row);
  known.exists = true;
  if (autoRemove) known.mayGo = true;
  if (short) known.mayEnd = true;
  if (!start) return;
  await containerStart(app, row, {});
  known.runs = true;
}

async function remove(app: App, scope: TenantScope, ledger: Ledger, name: string, volumes: boolean): Promise<void> {
  const row = await containerFind(app, scope, name);
  const known = ledger.of(row);
  known.mayGo = true;
  await containerRemove(app, scope, row, { force: true, volumes });
  known.gone = true;
}
