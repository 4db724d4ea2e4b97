import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wallsScript } from '../package.ts';
import { processMustRun } from './process.ts';

/** Settings of infra/host/walls.sh, where they are explained; each entry is an address, a range, or `address:port`. */
export interface WallsSettings {
  fleet?: string[];
  engineAllow?: string[];
  resolvers?: string[];
}

/** Raises the walls of a host inside a network namespace, or brings them up to date. The settings are kept in `folder`. */
export async function wallsRaise(namespace: string, folder: string, settings: WallsSettings): Promise<void> {
  const conf = join(folder, 'walls.conf');
  const { fleet = [], engineAllow = [], resolvers = [] } = settings;
  const values = { FLEET: fleet, ENGINE_ALLOW: engineAllow, RESOLVERS: resolvers };
  const lines = Object.entries(values).map(([name, list]) => `${name}='${list.filter(settingClean).join(' ')}'\n`);
  await writeFile(conf, lines.join(''), { mode: 0o600 });
  await processMustRun(['nsenter', `--net=${namespace}`, wallsScript, 'apply'], { env: { ...process.env, BERTH_WALLS_CONF: conf } });
}

/** The file is read by a shell, as root. */
const settingClean = (entry: string) => /^[0-9a-fA-F.:/[\]]+$/.test(entry);
