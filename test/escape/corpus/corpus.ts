import { bodiesCorpus } from './bodies.ts';
import { containerCreateCorpus } from './container-create.ts';
import { imagesCorpus } from './images.ts';
import { linesCorpus } from './lines.ts';
import type { HostileRequest } from './request.ts';

/** Every hostile request that is one request. Those that are not even that are in framing.ts. */
export const corpus: readonly HostileRequest[] = [...containerCreateCorpus, ...bodiesCorpus, ...imagesCorpus, ...linesCorpus];

export interface AttackerThings {
  container: string;
  running: string;
  exec: string;
  network: string;
  volume: string;
  image: string;
}

/** The target and the body with the attacker's own things in place. */
export function requestOf(
  request: HostileRequest,
  things: AttackerThings,
): { target: string; body: Buffer | undefined; headers: Record<string, string> } {
  const fill = (text: string) =>
    text.replace(/\{(container|running|exec|network|volume|image)\}/g, (_, kind: keyof AttackerThings) => things[kind]);
  const text = request.json === undefined ? request.raw : JSON.stringify(request.json);
  const body = typeof text === 'string' ? Buffer.from(fill(text)) : text === undefined ? undefined : Buffer.from(text);
  return {
    target: fill(request.target),
    body,
    headers: { ...(request.json !== undefined && { 'Content-Type': 'application/json' }), ...request.headers },
  };
}
