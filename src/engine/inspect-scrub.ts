import { labels } from '../domain/labels.ts';
import type { EngineContainerInspect } from './inspect-types.ts';

/** Takes the values of secrets out of an engine's document, before anybody keeps, stores or shows it. */
export function inspectScrub(document: EngineContainerInspect): EngineContainerInspect {
  const names = document.Config.Labels?.[labels.secretEnv]?.split(',');
  if (!names) return document;
  const Env = (document.Config.Env ?? []).filter((entry) => !names.includes(entry.split('=', 1)[0] ?? ''));
  return { ...document, Config: { ...document.Config, Env } };
}
