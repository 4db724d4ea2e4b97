import { join } from 'node:path';
import { type Live, liveCommand } from '../../cli/live.ts';
import type { Client } from '../../cli/stage.ts';
import { type CommandResult, commandRun } from '../../harness.ts';

/** One application, as somebody has it who stands in its folder. */
export interface Project {
  name: string;
  /** Runs docker-compose as it is installed; never throws for an exit code. */
  run(args: string[], env?: Record<string, string>, input?: string): Promise<CommandResult>;
  /** What a command printed, trimmed. Throws with what it said when it failed. */
  out(...args: string[]): Promise<string>;
  /** What a command that must fail said. */
  fails(...args: string[]): Promise<string>;
  live(...args: string[]): Live;
}

/** The three services of test/clients/compose/shop as a project of this tenant. `env` fills in the file's variables. */
export function shopProject(client: Client, name: string, env: Record<string, string>): Project {
  return projectIn('shop', client, name, env);
}

/** The same of another folder beside it. */
export function projectIn(place: string, client: Client, name: string, env: Record<string, string>): Project {
  const folder = join(import.meta.dirname, place);
  // No colours and no motion: a test reads what it says.
  const command = [
    'docker-compose',
    '--ansi',
    'never',
    '--project-name',
    name,
    '--project-directory',
    folder,
    '--file',
    join(folder, 'docker-compose.yml'),
  ];
  const run: Project['run'] = (args, more = {}, input = '') =>
    commandRun([...command, ...args], { ...client.env, ...env, ...more }, { input });
  return {
    name,
    run,
    async out(...args) {
      const { code, stdout, stderr } = await run(args);
      if (code !== 0) throw new Error(`docker-compose ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
      return stdout.trim();
    },
    async fails(...args) {
      const { code, stdout, stderr } = await run(args);
      if (code === 0) throw new Error(`docker-compose ${args.join(' ')} succeeded and said: ${stdout}`);
      return stderr.trim();
    },
    live: (...args) => liveCommand([...command, ...args], { ...client.env, ...env }),
  };
}
