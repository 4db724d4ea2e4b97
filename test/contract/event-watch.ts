import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { vi } from 'vitest';
import type { Wire } from './wire.ts';

export interface WatchedEvent {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  time: number;
  timeNano: number;
}

/** A client of `GET /events`. */
export class EventWatch {
  readonly events: WatchedEvent[] = [];
  readonly #response: IncomingMessage;

  private constructor(response: IncomingMessage) {
    this.#response = response;
    createInterface({ input: response }).on('line', (line) => this.events.push(JSON.parse(line)));
  }

  static async open(wire: Wire, filters: Record<string, string[]>): Promise<EventWatch> {
    return new EventWatch(await wire.open('GET', `/events?filters=${encodeURIComponent(JSON.stringify(filters))}`));
  }

  /** `container create`, `network connect`…, of what concerns this id, once an action `last` is among them. */
  async actions(id: string, last: string): Promise<string[]> {
    const ours = () =>
      this.events
        .filter(({ Actor }) => Actor.ID === id || Actor.Attributes.container === id)
        .map(({ Type, Action }) => `${Type} ${Action}`);
    await vi.waitUntil(() => ours().includes(last), { timeout: 15_000 });
    return ours();
  }

  close(): void {
    this.#response.destroy();
  }
}
