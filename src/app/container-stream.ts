import type { TenantScope } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import { BerthError } from '../domain/errors.ts';
import type { EngineHijack, EngineStream } from '../engine/engine.ts';
import { frameParts } from '../engine/frames.ts';
import { containerEngine } from './container-host.ts';
import { containerScrub } from './container-scrub.ts';
import { containerTouched } from './container-seen.ts';
import type { App } from './context.ts';
import { engineGuard } from './engine-failure.ts';

type Row = ContainerRow & { engineId: string };
type StreamQuery = Record<string, string | number | boolean | undefined>;

/** Waits of many seconds are usual; one of weeks is a client that forgot. The end of the connection ends it before. */
const unlimited = 0;

function open(app: App, row: Row, path: string, query: StreamQuery, signal: AbortSignal, deadlineMs?: number): Promise<EngineStream> {
  return engineGuard(containerScrub(app, row), () =>
    containerEngine(app, row).stream({ method: 'GET', path: `/containers/${row.engineId}/${path}`, query, signal, deadlineMs }),
  );
}

/** The log as an engine frames it: raw with a terminal, multiplexed without. */
export function containerLogs(app: App, row: Row, query: StreamQuery, signal: AbortSignal): Promise<EngineStream> {
  return open(app, row, 'logs', query, signal);
}

/** One document, or one a second until the client is gone. */
export function containerStats(app: App, row: Row, query: StreamQuery, signal: AbortSignal): Promise<EngineStream> {
  return open(app, row, 'stats', query, signal);
}

export function containerExport(app: App, row: Row, signal: AbortSignal): Promise<EngineStream> {
  return open(app, row, 'export', {}, signal, 120_000);
}

export function containerArchiveGet(app: App, row: Row, path: string, signal: AbortSignal): Promise<EngineStream> {
  return open(app, row, 'archive', { path }, signal, 120_000);
}

/** The engine's headers only: what is at `path` in the container. */
export async function containerArchiveStat(app: App, row: Row, path: string, signal: AbortSignal): Promise<EngineStream> {
  const found = await engineGuard(containerScrub(app, row), () =>
    containerEngine(app, row).stream({ method: 'HEAD', path: `/containers/${row.engineId}/archive`, query: { path }, signal }),
  );
  found.body.resume();
  return found;
}

export async function containerArchivePut(
  app: App,
  row: Row,
  query: StreamQuery,
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  await engineGuard(containerScrub(app, row), () =>
    containerEngine(app, row).json({
      method: 'PUT',
      path: `/containers/${row.engineId}/archive`,
      query,
      stream,
      signal,
      deadlineMs: unlimited,
    }),
  );
  await containerTouched(app, row);
}

/** Throws `not_served` for a sandboxed container: its process ids are its sandbox's own, and the engine would show the host's processes of these numbers. */
export async function containerTop(app: App, row: Row, psArgs: string | null): Promise<{ Titles: string[]; Processes: string[][] | null }> {
  if (row.isolation === 'sandboxed')
    throw new BerthError(
      'not_served',
      'docker top is not served for a sandboxed container: its host cannot see its processes. Use docker exec with ps.',
    );
  return engineGuard(containerScrub(app, row), () =>
    containerEngine(app, row).json({ method: 'GET', path: `/containers/${row.engineId}/top`, query: { ps_args: psArgs ?? undefined } }),
  );
}

/**
 * Asks the engine at once and resolves when its headers are there: a client sends wait before start and takes our headers as the
 * sign that the wait is on. `exit` resolves with the engine's answer.
 */
export async function containerWait(
  app: App,
  _scope: TenantScope,
  row: Row,
  condition: string | null,
  signal: AbortSignal,
): Promise<{ exit: Promise<{ StatusCode: number; Error?: { Message: string } | null }> }> {
  const scrub = containerScrub(app, row);
  const { body } = await engineGuard(scrub, () =>
    containerEngine(app, row).stream({
      method: 'POST',
      path: `/containers/${row.engineId}/wait`,
      query: { condition: condition ?? undefined },
      signal,
    }),
  );
  const exit = (async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of body as AsyncIterable<Uint8Array>) text += decoder.decode(chunk, { stream: true });
    await containerTouched(app, row);
    const answer = JSON.parse(text) as { StatusCode: number; Error?: { Message: string } | null };
    return answer.Error ? { ...answer, Error: { Message: scrub(answer.Error.Message) } } : answer;
  })();
  // A client that goes away leaves nobody to hear how it ended.
  exit.catch(() => {});
  return { exit };
}

export async function containerAttach(app: App, row: Row, query: StreamQuery): Promise<EngineHijack> {
  return engineGuard(containerScrub(app, row), () =>
    containerEngine(app, row).hijack({ method: 'POST', path: `/containers/${row.engineId}/attach`, query }),
  );
}

/** What comes out of an attach, without frames: both streams in the order they came. */
export async function* attachOutput({ spec }: Row, { socket }: EngineHijack): AsyncGenerator<Uint8Array> {
  if (spec.tty) yield* socket as AsyncIterable<Uint8Array>;
  else for await (const { bytes } of frameParts(socket)) yield bytes;
}
