/**
 * What goes wrong with a call. `drop-after` does the work and then loses the reply, the case that retries must survive; `stall` does it
 * and sends half of a streamed reply, and then nothing more.
 */
export interface Fault {
  /** Method and path without version, `*` for one segment and `**` for any: `POST /containers/*\/start`. */
  match: string;
  kind: 'slow' | 'hang' | 'error' | 'drop' | 'drop-after' | 'stall';
  /** For `error`; 500 unless given. */
  status?: number;
  message?: string;
  /** For `slow`. */
  ms?: number;
  /** After so many calls the fault is over; without it, it holds until cleared. */
  times?: number;
}

export class Faults {
  #active: (Fault & { left: number; pattern: RegExp })[] = [];

  add(fault: Fault): { clear(): void } {
    const active = { ...fault, left: fault.times ?? Number.POSITIVE_INFINITY, pattern: patternOf(fault.match) };
    this.#active.push(active);
    return { clear: () => void (this.#active = this.#active.filter((one) => one !== active)) };
  }

  clear(): void {
    this.#active = [];
  }

  /** The fault for this call, which is thereby used up by one. */
  take(method: string, path: string): Fault | null {
    const fault = this.#active.find(({ left, pattern }) => left > 0 && pattern.test(`${method} ${path}`));
    if (fault === undefined) return null;
    fault.left -= 1;
    return fault;
  }
}

function patternOf(match: string): RegExp {
  const source = match.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*\*|\*/g, (star) => (star === '**' ? '.*' : '[^/ ]*'));
  return new RegExp(`^${source}$`);
}
