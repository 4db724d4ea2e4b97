import { BerthError } from '../domain/errors.ts';
import type { Instruction, InstructionOf, Stage } from './instruction.ts';
import { byBytes, instructionRead } from './instruction-read.ts';
import { dockerfileParse } from './parse.ts';

export interface Dockerfile {
  stages: Stage[];
  /** Before the first FROM. */
  metaArgs: InstructionOf<'arg'>[];
  escapeToken: string;
  warnings: string[];
}

/** A whole Dockerfile, understood. `name` is its own, for messages. Throws `malformed` in the classic builder's words. */
export function dockerfileRead(text: string, name: string): Dockerfile {
  if (text === '') throw new BerthError('malformed', `the Dockerfile (${name}) cannot be empty`);
  const { nodes, escapeToken, warnings } = named(name, () => dockerfileParse(text));
  const stages: Stage[] = [];
  const metaArgs: InstructionOf<'arg'>[] = [];
  for (const node of nodes) {
    const found = atLine(node.line, () => instructionRead(node));
    const stage = stages.at(-1);
    if (found.kind === 'from') stages.push(found.stage);
    else if (stage) stage.instructions.push(found);
    else if (found.kind === 'arg') metaArgs.push(found);
    else throw new BerthError('malformed', 'no build stage in current context');
  }
  return { stages, metaArgs, escapeToken, warnings };
}

/** The stages up to the one that is asked for; all of them when none is. */
export function stagesUpTo(stages: readonly Stage[], target: string): Stage[] {
  if (target === '') return [...stages];
  const index = stages.findIndex(({ name }) => name === target.toLowerCase());
  if (index < 0) throw new BerthError('malformed', `failed to reach build target ${target} in Dockerfile`);
  return stages.slice(0, index + 1);
}

/** `--label` becomes instructions at the end, in which nothing is replaced. */
export function labelInstructions(labels: ReadonlyMap<string, string>): Instruction[] {
  return [...labels]
    .sort(([a], [b]) => byBytes(a, b))
    .map(([key, value]) => ({ kind: 'label', code: `LABEL ${key}=${value}`, pairs: [{ key, value }], literal: true }));
}

function named<T>(name: string, work: () => T): T {
  return reworded(work, (message) => `failed to parse ${name}: ${message}`);
}

function atLine<T>(line: number, work: () => T): T {
  return reworded(work, (message) => `dockerfile parse error line ${line}: ${message}`);
}

function reworded<T>(work: () => T, words: (message: string) => string): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BerthError) throw new BerthError(error.code, words(error.message));
    throw error;
  }
}
