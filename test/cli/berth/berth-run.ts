import { join } from 'node:path';
import { tokenMint } from '../../../src/auth/token.ts';
import { operatorTokenInsert } from '../../../src/db/store/credential.ts';
import { processRun } from '../../../src/runtime/local/process.ts';
import { type Berth, berthUp } from '../../harness.ts';

const program = join(import.meta.dirname, '../../../src/cli/berth.ts');

export interface Terminal {
  /** What `berth serve` would have written into its env file. */
  env: { BERTH_URL: string; BERTH_TOKEN: string; BERTH_OPERATOR_TOKEN: string };
  server: Berth;
  stop(): Promise<void>;
}

/** A server without hosts, and the environment of a person who may do everything on it. */
export async function terminalUp(): Promise<Terminal> {
  const server = await berthUp({ hosts: [] });
  const operator = await tokenMint();
  await operatorTokenInsert(server.server.app.system, { name: 'test', hash: operator.hash, prefix: operator.prefix, expiresAt: null });
  return {
    server,
    env: {
      BERTH_URL: `http://127.0.0.1:${server.server.httpPort}`,
      BERTH_TOKEN: server.tenants.red?.token ?? '',
      BERTH_OPERATOR_TOKEN: operator.text,
    },
    stop: () => server.stop(),
  };
}

/** `berth …` as its own process, with this environment and nothing else of ours. */
export function berthRun(args: string[], env: Record<string, string> = {}, cwd?: string, input?: string) {
  return processRun([process.execPath, program, ...args], { env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env }, cwd, input });
}
