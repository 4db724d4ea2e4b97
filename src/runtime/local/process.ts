import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

export interface ProcessResult {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end, without a shell. Never throws for an exit code: see `processMustRun`.
 * A program that does not exist gives code 127, as a shell would.
 */
export async function processRun(
  command: readonly string[],
  options: { input?: string | Uint8Array; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<ProcessResult> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { env: options.env ?? process.env, cwd: options.cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A program that ends before it has read its input is judged by its exit code, not by our broken pipe.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 127, stdout, stderr: `${program}: ${error.message}` }));
    child.once('close', (code, signal) => resolve({ code: code ?? 128, stdout, stderr: signal ? `${stderr}ended by ${signal}` : stderr }));
  });
}

/** Runs a program and returns what it printed. Throws with its last words when it fails. */
export async function processMustRun(
  command: readonly string[],
  options: { input?: string | Uint8Array; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<string> {
  const result = await processRun(command, options);
  if (result.code !== 0) throw new Error(`${command.join(' ')}: exit code ${result.code}: ${(result.stderr || result.stdout).trim()}`);
  return result.stdout;
}

/** True while `pid` runs. A zombie has ended: only its parent has not noticed yet. */
export async function processAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name stands in brackets and may hold anything, a bracket too; the state follows the last one.
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  return state !== '' && state !== 'Z' && state !== 'X';
}

/** The command line of `pid`, or an empty list: tells a process from another that got its number later. */
export async function processCommand(pid: number): Promise<string[]> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return line.split('\0').slice(0, -1);
}

export function processSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // ESRCH: it has ended already, which is what a signal would have been for.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits until `pid` has ended; false when it still runs after `ms`. */
export function processEnded(pid: number, ms: number): Promise<boolean> {
  return conditionMet(async () => !(await processAlive(pid)), ms);
}

/** Asks every 20 ms; false when `ms` have passed and the answer was never yes. */
export async function conditionMet(condition: () => Promise<boolean>, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
