import { type Engine, EngineError } from '../engine/engine.ts';
import { apiVersionAtLeast } from '../policy/api-version.ts';

/** The parts of `GET /system/df` that are read. Source: Engine API, SystemDataUsage. */
export interface EngineDisk {
  Containers: { Id: string; SizeRw?: number }[] | null;
  Volumes: { Name: string; UsageData?: { Size: number } | null }[] | null;
}

const deadlineMs = 120_000;
const attempts = 5;
const pauseMs = 200;

const underWay = new WeakMap<Engine, Map<string, Promise<EngineDisk>>>();

/**
 * What an engine measures on its disk. It walks through all it has, and takes one such question at a time: whoever asks meanwhile gets the
 * same answer. `volumes`: those alone, where it can be asked so (since API 1.42). Throws what the engine throws.
 */
export function engineDisk(engine: Engine, what: 'all' | 'volumes'): Promise<EngineDisk> {
  const asked = what === 'volumes' && apiVersionAtLeast(engine.apiVersion, '1.42') ? 'volumes' : 'all';
  const questions = underWay.get(engine) ?? new Map<string, Promise<EngineDisk>>();
  underWay.set(engine, questions);
  let work = questions.get(asked);
  if (!work) {
    work = ask(engine, asked === 'volumes' ? { type: 'volume' } : {}).finally(() => questions.delete(asked));
    questions.set(asked, work);
  }
  return work;
}

async function ask(engine: Engine, query: { type?: string }): Promise<EngineDisk> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await engine.json<EngineDisk>({ method: 'GET', path: '/system/df', query, deadlineMs });
    } catch (error) {
      // Another process asks at the moment.
      if (!(error instanceof EngineError && /already running/.test(error.message)) || attempt === attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
