import { expandWord, expandWords, type Variables } from './expand.ts';
import type { Instruction } from './instruction.ts';

/** An instruction with its variables replaced, where its kind has that. Throws in the builder's words. */
export function instructionExpand(instruction: Instruction, variables: Variables, escapeToken: string): Instruction {
  const expand = (word: string) => expandWord(word, variables, escapeToken);
  switch (instruction.kind) {
    case 'label':
      if (instruction.literal) return instruction;
      return { ...instruction, pairs: instruction.pairs.map(({ key, value }) => ({ key: expand(key), value: expand(value) })) };
    case 'env':
      return { ...instruction, pairs: instruction.pairs.map(({ key, value }) => ({ key: expand(key), value: expand(value) })) };
    case 'arg':
      return {
        ...instruction,
        args: instruction.args.map(({ key, value }) => ({ key: expand(key), value: value === null ? null : expand(value) })),
      };
    case 'add':
    case 'copy':
      return {
        ...instruction,
        chown: expand(instruction.chown),
        sources: instruction.sources.map(expand),
        destination: expand(instruction.destination),
      };
    case 'volume':
      return { ...instruction, volumes: instruction.volumes.map(expand) };
    // A variable may hold several ports.
    case 'expose':
      return { ...instruction, ports: instruction.ports.flatMap((port) => expandWords(port, variables, escapeToken)) };
    case 'workdir':
    case 'user':
    case 'stopsignal':
      return { ...instruction, value: expand(instruction.value) };
    default:
      return instruction;
  }
}
