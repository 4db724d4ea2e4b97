import { BerthError } from '../domain/errors.ts';
import type { ImageRunConfig } from '../domain/image-config.ts';
import { configApply, configInstructionIs } from './config-apply.ts';
import { variablesOf } from './expand.ts';
import { instructionExpand } from './instruction-expand.ts';
import { instructionRead } from './instruction-read.ts';
import { dockerfileParse } from './parse.ts';

/** Source: moby builder/dockerfile, validCommitCommands. */
const valid = new Set(['cmd', 'entrypoint', 'healthcheck', 'env', 'expose', 'label', 'onbuild', 'stopsignal', 'user', 'volume', 'workdir']);

/** The `changes` of a commit, instructions that only change the config, applied to a copy of it. Throws `malformed` in Docker's words. */
export function changesApply(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  const stage = { config: structuredClone(config), maintainer: '', cmdSet: false };
  if (changes.length === 0) return stage.config;
  const { nodes, escapeToken } = dockerfileParse(changes.join('\n'));
  const wrong = nodes.find(({ keyword }) => !valid.has(keyword));
  if (wrong) throw new BerthError('malformed', `${wrong.keyword} is not a valid change command`);
  for (const instruction of nodes.map(instructionRead)) {
    if (instruction.kind === 'from') continue;
    const expanded = instructionExpand(instruction, variablesOf(stage.config.Env ?? []), escapeToken);
    if (configInstructionIs(expanded)) configApply(stage, expanded);
  }
  return stage.config;
}
