import { constants } from 'node:os';
import { EngineError } from './engine-error.ts';

/** Reads `TERM`, `SIGTERM` or `15`. */
export function signalNumber(name: string): number {
  const number = Number(name);
  const known = constants.signals[`SIG${name.toUpperCase().replace(/^SIG/, '')}` as NodeJS.Signals] as number | undefined;
  const signal = Number.isInteger(number) && number > 0 && number < 65 ? number : known;
  if (signal === undefined) throw new EngineError(400, `Invalid signal: ${name}`);
  return signal;
}
