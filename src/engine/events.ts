import type { Engine } from './engine.ts';

/** An engine's event as far as we read it. */
export interface EngineEvent {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  timeNano: number;
}

const maxLineBytes = 1024 * 1024;

/**
 * Events of things with this label, until the connection ends or the signal fires: from now on, or from a moment on (Unix seconds), as
 * far back as the engine remembers. `opened` is called once the engine listens.
 */
export async function* engineEvents(
  engine: Engine,
  label: string,
  since: string | undefined,
  signal: AbortSignal,
  opened: () => void,
): AsyncGenerator<EngineEvent> {
  const filters = JSON.stringify({ type: ['container'], label: [label] });
  const { body } = await engine.stream({ method: 'GET', path: '/events', query: { filters, since }, signal, deadlineMs: 5_000 });
  opened();
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    if (text.length > maxLineBytes) throw new Error('an event without an end');
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as EngineEvent;
  }
}
