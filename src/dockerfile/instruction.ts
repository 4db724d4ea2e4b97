import type { ImageHealthcheck } from '../domain/image-config.ts';

export interface Pair {
  key: string;
  value: string;
}

/** `shell`: the words are one line for a shell. */
export interface CommandLine {
  words: string[];
  shell: boolean;
}

interface Contents {
  env: { pairs: Pair[] };
  /** `literal`: of `--label`, where nothing is replaced. */
  label: { pairs: Pair[]; literal: boolean };
  arg: { args: { key: string; value: string | null }[] };
  add: CopyWords;
  copy: CopyWords;
  run: { line: CommandLine; flags: string[] };
  cmd: { line: CommandLine };
  entrypoint: { line: CommandLine };
  shell: { words: string[] };
  healthcheck: { health: ImageHealthcheck };
  expose: { ports: string[] };
  volume: { volumes: string[] };
  onbuild: { trigger: string };
  workdir: { value: string };
  user: { value: string };
  stopsignal: { value: string };
  maintainer: { value: string };
}

interface CopyWords {
  sources: string[];
  destination: string;
  chown: string;
  chmod: string;
  from: string;
}

/** An instruction as the builder takes it, before variables are replaced. `code` is its line, as each step shows it. */
export type Instruction = { [K in keyof Contents]: { kind: K; code: string } & Contents[K] }[keyof Contents];

export type InstructionOf<K extends Instruction['kind']> = Extract<Instruction, { kind: K }>;

/** What begins with FROM. */
export interface Stage {
  /** In lower case; '' without one. */
  name: string;
  base: string;
  platform: string;
  code: string;
  instructions: Instruction[];
}
