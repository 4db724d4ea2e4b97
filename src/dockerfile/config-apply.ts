import { BerthError } from '../domain/errors.ts';
import type { ImageRunConfig } from '../domain/image-config.ts';
import { goQuoteList } from './go-text.ts';
import { healthcheckText } from './healthcheck.ts';
import type { CommandLine, Instruction, InstructionOf } from './instruction.ts';
import { pathJoin } from './path.ts';
import { portsRead } from './ports.ts';
import { stopSignalCheck } from './signals.ts';

/** What a stage has come to: the config of its image, and what later instructions need to know of earlier ones. */
export interface StageConfig {
  config: ImageRunConfig;
  maintainer: string;
  /** A CMD of this stage, which an ENTRYPOINT leaves alone. */
  cmdSet: boolean;
}

/** Instructions that change nothing but the config. */
export type ConfigInstruction = Exclude<Instruction, { kind: 'run' | 'add' | 'copy' | 'arg' }>;

export function configInstructionIs(instruction: Instruction): instruction is ConfigInstruction {
  return !['run', 'add', 'copy', 'arg'].includes(instruction.kind);
}

/**
 * Applies an instruction whose variables are replaced. Returns what the history says of it. `note` is told what a person at the build
 * should read. Throws `malformed` in the classic builder's words. Source: moby builder/dockerfile/dispatchers.go.
 */
export function configApply(stage: StageConfig, instruction: ConfigInstruction, note: (line: string) => void = () => {}): string {
  const { config } = stage;
  switch (instruction.kind) {
    case 'env':
      for (const { key, value } of instruction.pairs) config.Env = envSet(config.Env ?? [], key, value);
      return ['ENV', ...instruction.pairs.map(({ key, value }) => `${key}=${value}`)].join(' ');
    case 'label':
      config.Labels = Object.fromEntries([
        ...Object.entries(config.Labels ?? {}),
        ...instruction.pairs.map(({ key, value }) => [key, value] as const),
      ]);
      return ['LABEL', ...instruction.pairs.map(({ key, value }) => `${key}=${value}`)].join(' ');
    case 'maintainer':
      stage.maintainer = instruction.value;
      return `MAINTAINER ${instruction.value}`;
    case 'cmd':
      config.Cmd = commandOf(config, instruction.line);
      config.ArgsEscaped = false;
      if (instruction.line.words.length > 0) stage.cmdSet = true;
      return `CMD ${goQuoteList(config.Cmd)}`;
    case 'entrypoint':
      config.Entrypoint = instruction.line.words.length === 0 ? null : commandOf(config, instruction.line);
      config.ArgsEscaped = false;
      if (!stage.cmdSet) config.Cmd = null;
      return `ENTRYPOINT ${goQuoteList(config.Entrypoint ?? [])}`;
    case 'healthcheck': {
      const before = config.Healthcheck?.Test ?? [];
      if (before.length > 0 && before[0] !== 'NONE') note(`Note: overriding previous HEALTHCHECK: [${before.join(' ')}]\n`);
      // What one leaves open stays as it was: an engine completes a container's from its image, and the builder keeps that.
      config.Healthcheck = {
        ...config.Healthcheck,
        ...Object.fromEntries(Object.entries(instruction.health).filter(([, value]) => value)),
      };
      return `HEALTHCHECK ${healthcheckText(instruction.health)}`;
    }
    case 'expose':
      return exposeApply(config, instruction);
    case 'user':
      config.User = instruction.value;
      return `USER ${instruction.value}`;
    case 'volume':
      if (instruction.volumes.includes('')) throw fault('VOLUME specified can not be an empty string');
      config.Volumes = { ...config.Volumes, ...Object.fromEntries(instruction.volumes.map((volume) => [volume, {}])) };
      return `VOLUME [${instruction.volumes.join(' ')}]`;
    case 'stopsignal':
      stopSignalCheck(instruction.value);
      config.StopSignal = instruction.value;
      return `STOPSIGNAL ${instruction.value}`;
    case 'shell':
      config.Shell = instruction.words;
      return `SHELL [${instruction.words.join(' ')}]`;
    case 'onbuild':
      config.OnBuild = [...(config.OnBuild ?? []), instruction.trigger];
      return `ONBUILD ${instruction.trigger}`;
    case 'workdir':
      if (instruction.value === '') throw fault('cannot normalize nothing');
      config.WorkingDir = instruction.value.startsWith('/') ? instruction.value : pathJoin('/', config.WorkingDir ?? '', instruction.value);
      return `WORKDIR ${config.WorkingDir}`;
  }
}

export function argText({ args }: InstructionOf<'arg'>): string {
  return `ARG ${args.map(({ key, value }) => (value === null ? key : `${key}=${value}`)).join(' ')}`;
}

/** What a shell form is handed to. */
export function shellOf(config: ImageRunConfig): string[] {
  return config.Shell?.length ? [...config.Shell] : ['/bin/sh', '-c'];
}

/** The command of a RUN, CMD or ENTRYPOINT. */
export function commandOf(config: ImageRunConfig, line: CommandLine): string[] {
  return line.shell ? [...shellOf(config), ...line.words] : [...line.words];
}

function exposeApply(config: ImageRunConfig, { ports }: InstructionOf<'expose'>): string {
  config.ExposedPorts = { ...config.ExposedPorts, ...Object.fromEntries(portsRead(ports).map((port) => [port, {}])) };
  return `EXPOSE ${ports.join(' ')}`;
}

function envSet(env: readonly string[], key: string, value: string): string[] {
  const line = `${key}=${value}`;
  const at = env.findIndex((entry) => entry.split('=', 1)[0] === key);
  return at < 0 ? [...env, line] : env.with(at, line);
}

function fault(message: string): BerthError {
  return new BerthError('malformed', message);
}
