import { BerthError } from '../domain/errors.ts';
import type { ImageHealthcheck } from '../domain/image-config.ts';
import { flagsRead } from './flags.ts';
import { goDurationParse, goDurationText, goQuote, goQuoteList, goQuoteRune } from './go-text.ts';
import type { DockerfileNode } from './node.ts';

const minimumNs = 1_000_000;

/** `HEALTHCHECK [--interval=…] CMD …` or `NONE`. */
export function healthcheckRead(node: DockerfileNode): ImageHealthcheck {
  const [written, ...args] = node.args;
  if (written === undefined) throw fault('HEALTHCHECK requires at least one argument');
  const type = written.toUpperCase();
  if (type === 'NONE') {
    if (args.length > 0) throw fault('HEALTHCHECK NONE takes no arguments');
    return { Test: ['NONE'] };
  }
  const flags = flagsRead(node.flags, ['interval', 'timeout', 'start-period', 'retries']);
  if (type !== 'CMD') throw fault(`Unknown type ${goQuote(type)} in HEALTHCHECK (try CMD)`);
  const command = node.json || args.length === 0 ? args : [args.join(' ')];
  if (command.length === 0) throw fault('Missing command after HEALTHCHECK CMD');
  return {
    Test: [node.json ? 'CMD' : 'CMD-SHELL', ...command],
    Interval: durationRead(flags, 'interval'),
    Timeout: durationRead(flags, 'timeout'),
    StartPeriod: durationRead(flags, 'start-period'),
    Retries: retriesRead(flags.get('retries') ?? ''),
  };
}

function durationRead(flags: ReadonlyMap<string, string>, name: string): number {
  const text = flags.get(name) ?? '';
  if (text === '') return 0;
  const nanoseconds = goDurationParse(text);
  if (nanoseconds === null) {
    const why = /^[+-]?[\d.]+$/.test(text) ? 'missing unit in duration' : 'invalid duration';
    throw fault(`time: ${why} ${goQuote(text)}`);
  }
  if (nanoseconds < minimumNs) throw fault(`Interval ${goQuote(name)} cannot be less than 1ms`);
  return nanoseconds;
}

function retriesRead(text: string): number {
  if (text === '') return 0;
  const retries = Number(text);
  if (!/^[+-]?\d+$/.test(text)) throw fault(`strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`);
  if (Math.abs(retries) > 0x7fffffff) throw fault(`strconv.ParseInt: parsing ${goQuote(text)}: value out of range`);
  if (retries < 1) throw fault(`--retries must be at least 1 (not ${retries})`);
  return retries;
}

/** As the builder writes it into the history: Go's `%q` of the structure. */
export function healthcheckText(health: ImageHealthcheck): string {
  const duration = (nanoseconds: number | undefined) => goQuote(goDurationText(nanoseconds ?? 0));
  const { Test, Interval, Timeout, StartPeriod, Retries } = health;
  return `&{${goQuoteList(Test ?? [])} ${duration(Interval)} ${duration(Timeout)} ${duration(StartPeriod)} ${goQuoteRune(Retries ?? 0)}}`;
}

function fault(message: string): BerthError {
  return new BerthError('malformed', message);
}
