import type { EngineEvent } from './events.ts';

/** What happens to events on their way to subscribers. The ring keeps them as they were. */
export interface EventFault {
  kind: 'drop' | 'duplicate' | 'delay' | 'reorder';
  /** Only events whose action starts so, e.g. `die`. */
  action?: string;
  /** For `delay`, in milliseconds. */
  ms?: number;
  /** After so many events the fault is over; without it, it holds until cleared. */
  times?: number;
}

export class EventFaults {
  #active: (EventFault & { left: number })[] = [];
  #held: EngineEvent[] = [];

  add(fault: EventFault): { clear(): void } {
    const active = { ...fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#active.push(active);
    return { clear: () => void (this.#active = this.#active.filter((one) => one !== active)) };
  }

  clear(): void {
    this.#active = [];
    this.#held = [];
  }

  pass(event: EngineEvent, deliver: (event: EngineEvent) => void): void {
    const fault = this.#active.find(({ action, left }) => left > 0 && event.Action.startsWith(action ?? ''));
    if (fault !== undefined) fault.left -= 1;
    switch (fault?.kind) {
      case 'drop':
        return;
      case 'delay':
        setTimeout(() => deliver(event), fault.ms ?? 0);
        return;
      case 'reorder': // it comes after the next one
        this.#held.push(event);
        return;
      case 'duplicate':
        deliver(event);
    }
    deliver(event);
    for (const held of this.#held.splice(0)) deliver(held);
  }
}
