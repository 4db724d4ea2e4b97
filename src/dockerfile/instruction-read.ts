import { BerthError } from '../domain/errors.ts';
import { flagsRead } from './flags.ts';
import { goQuote } from './go-text.ts';
import { healthcheckRead } from './healthcheck.ts';
import type { Instruction, InstructionOf, Pair, Stage } from './instruction.ts';
import { type DockerfileNode, trim } from './node.ts';

/**
 * What a line of a Dockerfile asks for, or how a stage begins. Throws `malformed` in the classic builder's words. Source: BuildKit's
 * frontend/dockerfile/instructions, as moby 20.10 has it.
 */
export function instructionRead(node: DockerfileNode): Instruction | { kind: 'from'; stage: Stage } {
  const reader = Object.hasOwn(readers, node.keyword) ? readers[node.keyword] : undefined;
  if (!reader) throw fault(`unknown instruction: ${node.keyword.toUpperCase()}`);
  return reader(node);
}

const readers: Record<string, (node: DockerfileNode) => Instruction | { kind: 'from'; stage: Stage }> = {
  env: (node) => ({ ...common(node), kind: 'env', pairs: pairsRead(node) }),
  label: (node) => ({ ...common(node), kind: 'label', pairs: pairsRead(node), literal: false }),
  arg: (node) => ({ code: trim(node.original), kind: 'arg', args: argsRead(node) }),
  add: (node) => copyRead(node, 'add', ['chown', 'chmod']),
  copy: (node) => copyRead(node, 'copy', ['chown', 'from', 'chmod']),
  run: (node) => ({
    ...{ code: trim(node.original), kind: 'run', flags: runFlags(node) },
    line: { words: commandWords(node), shell: !node.json },
  }),
  cmd: (node) => ({ ...common(node), kind: 'cmd', line: { words: commandWords(node), shell: !node.json } }),
  entrypoint: (node) => ({ ...common(node), kind: 'entrypoint', line: { words: commandWords(node), shell: !node.json } }),
  shell: shellRead,
  healthcheck: (node) => ({ code: trim(node.original), kind: 'healthcheck', health: healthcheckRead(node) }),
  expose: (node) => {
    const found = { ...common(node), kind: 'expose' as const, ports: [...atLeastOne(node)] };
    found.ports.sort(byBytes);
    return found;
  },
  volume: (node) => ({ ...common(node), kind: 'volume', volumes: volumesRead(node) }),
  onbuild: onbuildRead,
  workdir: (node) => single(node, 'workdir'),
  user: (node) => single(node, 'user'),
  stopsignal: (node) => single(node, 'stopsignal'),
  maintainer: (node) => single(node, 'maintainer'),
  from: fromRead,
};

/** The line, of an instruction that has no flags. */
function common(node: DockerfileNode): { code: string } {
  flagsRead(node.flags, []);
  return { code: trim(node.original) };
}

/** Known, for they are BuildKit's; a classic builder says so when it comes to the step. */
function runFlags({ flags }: DockerfileNode): string[] {
  const mounts = flags.filter((flag) => flag.startsWith('--mount='));
  const others = flagsRead(
    flags.filter((flag) => !mounts.includes(flag)),
    ['mount', 'network'],
  );
  return [...(mounts.length > 0 ? ['mount'] : []), ...others.keys()];
}

function commandWords({ args, json }: DockerfileNode): string[] {
  return json || args.length === 0 ? args : [args.join(' ')];
}

function pairsRead(node: DockerfileNode): Pair[] {
  const words = atLeastOne(node);
  const pairs: Pair[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const key = words[at] ?? '';
    if (key === '') throw fault(`${node.keyword.toUpperCase()} names can not be blank`);
    pairs.push({ key, value: words[at + 1] ?? '' });
  }
  return pairs;
}

function argsRead(node: DockerfileNode): InstructionOf<'arg'>['args'] {
  return atLeastOne(node).map((word) => {
    const equals = word.indexOf('=');
    if (equals === 0) throw fault('ARG names can not be blank');
    return equals < 0 ? { key: word, value: null } : { key: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}

function copyRead(node: DockerfileNode, kind: 'add' | 'copy', known: string[]): Instruction {
  if (node.args.length < 2)
    throw fault(`${kind.toUpperCase()} requires at least two arguments, but only one was provided. Destination could not be determined`);
  const flags = flagsRead(node.flags, known);
  const flag = (name: string) => flags.get(name) ?? '';
  const [chown, chmod, from] = [flag('chown'), flag('chmod'), flag('from')];
  return { code: trim(node.original), kind, sources: node.args.slice(0, -1), destination: node.args.at(-1) ?? '', chown, chmod, from };
}

function shellRead(node: DockerfileNode): Instruction {
  const { code } = common(node);
  const words = commandWords(node);
  if (words.length === 0) throw fault('SHELL requires at least one argument');
  if (!node.json) throw fault('SHELL requires the arguments to be in JSON form');
  return { code, kind: 'shell', words };
}

function volumesRead(node: DockerfileNode): string[] {
  return atLeastOne(node).map((word) => {
    const volume = trim(word);
    if (volume === '') throw fault('VOLUME specified can not be an empty string');
    return volume;
  });
}

function onbuildRead(node: DockerfileNode): Instruction {
  const [first = ''] = atLeastOne(node);
  const { code } = common(node);
  const trigger = trim(first).toUpperCase();
  if (trigger === 'ONBUILD') throw fault("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (trigger === 'MAINTAINER' || trigger === 'FROM') throw fault(`${trigger} isn't allowed as an ONBUILD trigger`);
  return { code, kind: 'onbuild', trigger: node.original.replace(/^\s*ONBUILD\s*/i, '') };
}

function single<K extends 'workdir' | 'user' | 'stopsignal' | 'maintainer'>(node: DockerfileNode, kind: K): InstructionOf<K> {
  const [value, another] = node.args;
  if (value === undefined || another !== undefined) throw fault(`${kind.toUpperCase()} requires exactly one argument`);
  return { ...common(node), kind, value } as unknown as InstructionOf<K>;
}

function fromRead(node: DockerfileNode): { kind: 'from'; stage: Stage } {
  const [base = '', as = '', written = ''] = node.args;
  const named = node.args.length === 3 && as.toLowerCase() === 'as';
  if (!named && node.args.length !== 1) throw fault('FROM requires either one or three arguments');
  const name = written.toLowerCase();
  if (named && !/^[a-z][a-z0-9-_.]*$/.test(name))
    throw fault(`invalid name for build stage: ${goQuote(written)}, name can't start with a number or contain symbols`);
  const platform = flagsRead(node.flags, ['platform']).get('platform') ?? '';
  return { kind: 'from', stage: { name, base, platform, code: trim(node.original), instructions: [] } };
}

function atLeastOne(node: DockerfileNode): string[] {
  if (node.args.length === 0) throw fault(`${node.keyword.toUpperCase()} requires at least one argument`);
  return node.args;
}

/** Go sorts strings by their bytes. */
export function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function fault(message: string): BerthError {
  return new BerthError('malformed', message);
}
