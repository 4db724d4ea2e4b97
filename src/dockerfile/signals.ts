import { BerthError } from '../domain/errors.ts';

/** Of Linux, without SIG. Source: moby pkg/signal. */
const names = new Set(
  (
    'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG ' +
    'USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'
  ).split(' '),
);

/** Throws in the builder's words for what is no signal. */
export function stopSignalCheck(text: string): void {
  if (/^[+-]?\d+$/.test(text) ? Number(text) !== 0 : known(text.toUpperCase().replace(/^SIG/, ''))) return;
  throw new BerthError('malformed', `Invalid signal: ${text}`);
}

function known(name: string): boolean {
  return names.has(name) || /^(RTMIN\+([1-9]|1[0-5])|RTMAX-([1-9]|1[0-4]))$/.test(name);
}
