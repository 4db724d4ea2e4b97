import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);

export const berthVersion: string = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).version;
export const migrationsFolder: string = fileURLToPath(new URL('migrations', root));
export const wallsScript: string = fileURLToPath(new URL('infra/host/walls.sh', root));
