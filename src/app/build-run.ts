import { buildContainerInsert } from '../db/store/build.ts';
import type { ContainerRow } from '../db/store/container.ts';
import type { ImageRow } from '../db/store/image.ts';
import { commandOf } from '../dockerfile/config-apply.ts';
import { variablesOf } from '../dockerfile/expand.ts';
import type { InstructionOf } from '../dockerfile/instruction.ts';
import { byBytes } from '../dockerfile/instruction-read.ts';
import type { ContainerSpec } from '../domain/container-spec.ts';
import { BerthError } from '../domain/errors.ts';
import type { ImageRunConfig } from '../domain/image-config.ts';
import { frameParts } from '../engine/frames.ts';
import type { BuildSource } from './build-from.ts';
import { buildHost, layersOnHost, stepSpec } from './build-host.ts';
import { type Build, type BuildLines, type BuildStage, idShort } from './build-state.ts';
import { said, stepCached, stepDone } from './build-step.ts';
import { type BuildWork, type Layer, layerCommit } from './build-work.ts';
import { containerCreate } from './container-create.ts';
import { containerStart } from './container-start.ts';
import { containerAttach, containerWait } from './container-stream.ts';
import { layersLoad } from './image-make.ts';

type StepRow = ContainerRow & { engineId: string };

/** The command of a step ended with another code than 0. */
export class CommandFailed extends BerthError {
  readonly exitCode: number;
  constructor(command: readonly string[], exitCode: number) {
    super('unprocessable', `The command '${command.join(' ')}' returned a non-zero code: ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** RUN: the command in a container of the tenant's own, under the policy of containers, and its changes as a layer. */
export async function* stepRun(build: Build, stage: BuildStage, instruction: InstructionOf<'run'>): BuildLines {
  const [flag] = instruction.flags;
  if (flag !== undefined) throw buildkitNeeded(flag);
  const command = commandOf(stage.config, instruction.line);
  const args = [...stage.args.values(variablesOf(stage.config.Env ?? []))];
  const counted = args
    .filter(([key]) => stage.args.counts(key))
    .map(([key, value]) => `${key}=${value}`)
    .sort(byBytes);
  const input = { command: args.length === 0 ? command : [`|${counted.length}`, ...counted, ...command] };
  if (await stepCached(build, stage, input)) {
    yield said(' ---> Using cache\n');
    return;
  }
  const config: ImageRunConfig = {
    ...stage.config,
    Cmd: command,
    Entrypoint: command.length > 0 ? [''] : stage.config.Entrypoint,
    Env: [...(stage.config.Env ?? []), ...args.map(([key, value]) => `${key}=${value}`)],
    Healthcheck: { Test: ['NONE'] },
  };
  const row = await stepContainer(build, stage, config);
  build.intermediate.push({ id: row.engineId, row });
  yield said(` ---> Running in ${idShort(row.engineId)}\n`);
  yield* containerRun(build, row, command);
  await layerTake(build, stage, row, (layer) => stepDone(build, stage, input, layer));
}

export function buildkitNeeded(flag: string): BerthError {
  return new BerthError(
    'refused',
    `the --${flag} option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled`,
  );
}

/** A container of the layers so far, with a step's config, on the build's host. */
export async function stepContainer(
  build: Build,
  stage: BuildStage,
  config: ImageRunConfig,
  spec?: Partial<ContainerSpec>,
): Promise<StepRow> {
  const work = await buildHost(build, stage);
  const layers = await layersOnHost(build, stage, stage);
  const asked = stepSpec(build, {
    ...{ Image: stage.imageId || 'scratch', AttachStdout: true, AttachStderr: true },
    ...{ Cmd: config.Cmd ?? [], Entrypoint: config.Entrypoint ?? null, Env: config.Env ?? [], User: config.User ?? '' },
    ...{ WorkingDir: config.WorkingDir ?? '', Volumes: Object.fromEntries(Object.keys(config.Volumes ?? {}).map((path) => [path, {}])) },
    ...(config.Healthcheck && { Healthcheck: { Test: config.Healthcheck.Test ?? [] } }),
  });
  return containerMake(build, { ...asked, ...spec }, { layers, work });
}

function containerMake(
  { app, scope }: Build,
  spec: ContainerSpec,
  { layers, work, untold = false }: { layers: ImageRow; work: BuildWork; untold?: boolean },
): Promise<StepRow> {
  return containerCreate(app, scope, spec, {
    ...{ layers, untold, pinnedTo: work.hostId, ports: [], placement: () => ({}) },
    claim: (tx, row) => buildContainerInsert(tx, work.id, row.id),
  });
}

/** A container to copy files from or to, which is never started: of these layers, and with a network of none. */
export async function layersContainer(build: Build, stage: BuildStage, source: BuildSource): Promise<StepRow> {
  const work = await buildHost(build, stage);
  const layers = await layersOnHost(build, stage, source);
  const spec = stepSpec(build, { Image: source.imageId || 'scratch', Cmd: ['true'] });
  return containerMake(build, { ...spec, network: { mode: 'none' } }, { layers, work, untold: true });
}

/** The changes of a step's container as the stage's next layer. */
export async function layerTake(
  build: Build,
  stage: BuildStage,
  row: StepRow,
  done: (layer: Layer | null) => Promise<void>,
): Promise<void> {
  const work = await buildHost(build, stage);
  await layerCommit(build.app, work, row, { below: stage.draft.diffIds.length, pause: false, untold: true }, async (layer) => {
    if (layer) {
      const draft = { ...stage.draft, diffIds: [...stage.draft.diffIds, layer.diffId] };
      await layersLoad(build.app, work.hostId, draft, layer.bytes);
    }
    await done(layer);
  });
}

async function* containerRun(build: Build, row: StepRow, command: readonly string[]): BuildLines {
  const { app, scope, signal } = build;
  const { socket } = await containerAttach(app, row, { stream: true, stdout: true, stderr: true });
  const leave = () => socket.destroy();
  signal.addEventListener('abort', leave, { once: true });
  try {
    signal.throwIfAborted();
    await containerStart(app, row, {});
    const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
    for await (const { stream, bytes } of frameParts(socket)) {
      const text = decoders[stream].decode(bytes, { stream: true });
      if (text !== '') yield said(stream === 'stderr' ? `\u001b[91m${text}\u001b[0m` : text);
    }
    signal.throwIfAborted();
    const { exit } = await containerWait(app, scope, row, null, signal);
    const { StatusCode } = await exit;
    if (StatusCode !== 0) throw new CommandFailed(command, StatusCode);
  } finally {
    signal.removeEventListener('abort', leave);
    socket.destroy();
  }
}
