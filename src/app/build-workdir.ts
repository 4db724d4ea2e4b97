import { configApply } from '../dockerfile/config-apply.ts';
import type { InstructionOf } from '../dockerfile/instruction.ts';
import { layerTake, stepContainer } from './build-run.ts';
import { type Build, type BuildLines, type BuildStage, idShort } from './build-state.ts';
import { nopCommandJoined, said, stepCached, stepDone } from './build-step.ts';

/** WORKDIR makes its folder, as an engine does for each container that it creates. */
export async function* stepWorkdir(build: Build, stage: BuildStage, instruction: InstructionOf<'workdir'>): BuildLines {
  const input = { command: nopCommandJoined(stage, configApply(stage, instruction)) };
  if (await stepCached(build, stage, input)) {
    yield said(' ---> Using cache\n');
    return;
  }
  const row = await stepContainer(build, stage, { Cmd: ['true'], WorkingDir: stage.config.WorkingDir }, { network: { mode: 'none' } });
  build.intermediate.push({ id: row.engineId, row });
  yield said(` ---> Running in ${idShort(row.engineId)}\n`);
  await layerTake(build, stage, row, (layer) => stepDone(build, stage, input, layer));
}
