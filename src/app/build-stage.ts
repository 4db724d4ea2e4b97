import type { BuildArgs } from '../dockerfile/build-args.ts';
import { argText, configApply, configInstructionIs } from '../dockerfile/config-apply.ts';
import { expandWord, variablesOf } from '../dockerfile/expand.ts';
import type { Instruction, Stage } from '../dockerfile/instruction.ts';
import { instructionExpand } from '../dockerfile/instruction-expand.ts';
import { instructionRead } from '../dockerfile/instruction-read.ts';
import { dockerfileParse } from '../dockerfile/parse.ts';
import { BerthError } from '../domain/errors.ts';
import type { ProgressLine } from '../images/progress.ts';
import { stepCopy } from './build-copy.ts';
import { type BuildSource, imageSource, scratchSource, stageSource } from './build-from.ts';
import { stepRun } from './build-run.ts';
import type { Build, BuildLines, BuildStage } from './build-state.ts';
import { intermediateRemove, said, stepNop } from './build-step.ts';
import { stepWorkdir } from './build-workdir.ts';

/** What an engine gives a container whose image says nothing about it. */
const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** FROM: the stage at its base image, with what that one wants done first (ONBUILD). */
export async function* stageBegin(build: Build, written: Stage, args: BuildArgs): AsyncGenerator<ProgressLine, BuildStage, undefined> {
  const base = expandWord(written.base, args.metaValues(), build.escapeToken);
  if (base === '') throw new BerthError('malformed', `base name (${written.base}) should not be blank`);
  const source = yield* baseSource(build, base);
  const config = { ...structuredClone(source.draft.config), OpenStdin: false, StdinOnce: false };
  if (!variablesOf(config.Env ?? []).has('PATH')) config.Env = [...(config.Env ?? []), defaultPath];
  const triggers = config.OnBuild ?? [];
  if (triggers.length > 0) config.OnBuild = null;
  const stage: BuildStage = {
    ...{ name: written.name, args, imageId: source.imageId, draft: source.draft, like: source.like },
    ...{ config, maintainer: '', cmdSet: false, layerBytes: 0, cacheMissed: false },
  };
  if (triggers.length > 0) yield said(`# Executing ${triggers.length} build trigger${triggers.length > 1 ? 's' : ''}\n`);
  for (const trigger of triggers) {
    const [node, another] = dockerfileParse(trigger).nodes;
    if (!node || another) throw new BerthError('malformed', 'onbuild trigger should be a single expression');
    const instruction = instructionRead(node);
    if (instruction.kind === 'from') throw new BerthError('malformed', '*instructions.Stage is not a command type');
    yield* stageStep(build, stage, instruction);
  }
  return stage;
}

async function* baseSource(build: Build, name: string): AsyncGenerator<ProgressLine, BuildSource, undefined> {
  const earlier = build.stages.find((stage) => stage.name !== '' && stage.name === name.toLowerCase());
  if (earlier) return stageSource(earlier);
  return name === 'scratch' ? scratchSource(build) : yield* imageSource(build, name);
}

/** One instruction, carried out. Its container goes when it went well, and with `--force-rm` when it did not. */
export async function* stageStep(build: Build, stage: BuildStage, written: Instruction): BuildLines {
  try {
    yield* stepDispatch(build, stage, written);
  } catch (error) {
    if (build.request.forceRemove && !build.signal.aborted) yield* intermediateRemove(build);
    throw error;
  }
  if (build.request.remove) yield* intermediateRemove(build);
  build.intermediate = [];
}

async function* stepDispatch(build: Build, stage: BuildStage, written: Instruction): BuildLines {
  const env = variablesOf(stage.config.Env ?? []);
  const instruction = instructionExpand(written, new Map([...env, ...stage.args.values(env)]), build.escapeToken);
  if (instruction.kind === 'run') yield* stepRun(build, stage, instruction);
  else if (instruction.kind === 'add' || instruction.kind === 'copy') yield* stepCopy(build, stage, instruction);
  else if (instruction.kind === 'workdir') yield* stepWorkdir(build, stage, instruction);
  else if (instruction.kind === 'arg') {
    for (const { key, value } of instruction.args) stage.args.declare(key, value);
    yield* stepNop(build, stage, argText(instruction));
  } else if (configInstructionIs(instruction)) {
    const notes: string[] = [];
    const comment = configApply(stage, instruction, (note) => notes.push(note));
    for (const note of notes) yield said(note);
    yield* stepNop(build, stage, comment);
  }
}
