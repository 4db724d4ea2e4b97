import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface EnvFile {
  dockerHost: string;
  certPath: string;
  url: string;
  token: string;
  operatorToken: string;
}

/** Writes `$BERTH_DATA_DIR/env`: shell exports, readable by its owner alone. Whole or not at all. */
export async function envFileWrite(dataDir: string, env: EnvFile): Promise<string> {
  const path = join(dataDir, 'env');
  const exports = {
    DOCKER_HOST: env.dockerHost,
    DOCKER_TLS_VERIFY: '1',
    DOCKER_CERT_PATH: env.certPath,
    DOCKER_BUILDKIT: '0',
    BERTH_URL: env.url,
    BERTH_TOKEN: env.token,
    BERTH_OPERATOR_TOKEN: env.operatorToken,
  };
  const text = Object.entries(exports).map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`);
  await fileReplace(path, text.join(''));
  return path;
}

/** The tokens of an earlier start; undefined without one. */
export async function envFileTokens(dataDir: string): Promise<{ token: string; operatorToken: string } | undefined> {
  const text = await readFile(join(dataDir, 'env'), 'utf8').catch(() => '');
  const value = (name: string) => new RegExp(`^export ${name}='([^']*)'$`, 'm').exec(text)?.[1];
  const [token, operatorToken] = [value('BERTH_TOKEN'), value('BERTH_OPERATOR_TOKEN')];
  return token && operatorToken ? { token, operatorToken } : undefined;
}

/** Writes a file that only its owner may read; who reads it sees the old or the new one, never half. */
export async function fileReplace(path: string, content: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, content, { mode: 0o600 });
  await rename(draft, path);
}
