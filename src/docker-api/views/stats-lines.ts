import type { EngineStats } from '../../engine/inspect-types.ts';
import { statsView } from './stats.ts';

/** An engine's stats stream, each document rewritten. Documents end with a line; one may come in pieces. */
export async function* statsLines(source: AsyncIterable<Uint8Array>, own: { engineId: string; name: string }): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let text = '';
  for await (const chunk of source) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines)
      if (line.trim() !== '') yield encoder.encode(`${JSON.stringify(statsView(JSON.parse(line) as EngineStats, own))}\n`);
  }
  if (text.trim() !== '') yield encoder.encode(`${JSON.stringify(statsView(JSON.parse(text) as EngineStats, own))}\n`);
}
