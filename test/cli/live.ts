import { spawn } from 'node:child_process';
import { until } from '../harness.ts';

/** A command that goes on while the test looks at it. */
export interface Live {
  /** Everything it wrote so far, both streams. */
  readonly text: string;
  /** The exit code, once it ended. */
  readonly ended: Promise<number>;
  type(keys: string | Uint8Array): void;
  inputEnd(): void;
  /** Waits until it wrote this, somewhere or, with `times`, so many times. */
  saw(text: string | RegExp, times?: number): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

/** `docker …` with pipes. It is killed after a minute, so that a hang is a failure and leaves nothing behind. */
export function liveDocker(env: Record<string, string>, ...args: string[]): Live {
  return liveCommand(['docker', ...args], env);
}

export interface LiveTerminal extends Live {
  resize(rows: number, columns: number): Promise<void>;
}

/** `docker …` in a terminal of its own with this size, as someone at a keyboard has it. */
export async function liveTerminal(
  env: Record<string, string>,
  size: { rows: number; columns: number },
  ...args: string[]
): Promise<LiveTerminal> {
  const quoted = args.map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(' ');
  const shell = `stty rows ${size.rows} cols ${size.columns}; tty; exec docker ${quoted}`;
  const live = liveCommand(['script', '-qec', shell, '/dev/null'], env);
  await live.saw(/\/dev\/pts\/\d+/);
  const terminal = /\/dev\/pts\/\d+/.exec(live.text)?.[0] ?? '';
  return Object.assign(live, {
    async resize(rows: number, columns: number) {
      const stty = liveCommand(['stty', '-F', terminal, 'rows', String(rows), 'cols', String(columns)], {});
      if ((await stty.ended) !== 0) throw new Error(`stty: ${stty.text}`);
    },
  });
}

/** Any command with pipes, which ends as `liveDocker` does. */
export function liveCommand(command: string[], env: Record<string, string>): Live {
  const child = spawn('timeout', ['--foreground', '-k', '10', '60', ...command], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: 'pipe',
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  child.stdin.on('error', () => {});
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  return {
    get text() {
      return text;
    },
    ended,
    type: (keys) => void child.stdin.write(keys),
    inputEnd: () => void child.stdin.end(),
    signal: (name) => void child.kill(name),
    async saw(wanted, times = 1) {
      const pattern = typeof wanted === 'string' ? wanted : new RegExp(wanted.source, 'g');
      const count = () => (typeof pattern === 'string' ? text.split(pattern).length - 1 : [...text.matchAll(pattern)].length);
      await until(() => count() >= times).catch(() => {
        throw new Error(`waited for ${wanted}, and saw: ${text}`);
      });
    },
  };
}
