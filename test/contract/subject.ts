import { afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { tarFile, tarWrite } from '../fakes/engine/tar.ts';
import { EventWatch } from './event-watch.ts';
import { Wire, type WireReply } from './wire.ts';

/** A process that runs until it is told to end, and then ends with 3: a process of its own number one needs a trap to hear SIGTERM. */
const untilTerm = ['sh', '-c', "trap 'exit 3' TERM; while true; do sleep 0.1; done"];

/** The engine that a contract is held against, and what every test needs of it. */
export class Subject {
  #wire: Wire | undefined;
  #serial = 0;
  #made: string[] = [];
  #watches: EventWatch[] = [];

  constructor(url: () => string) {
    beforeAll(() => {
      this.#wire = new Wire(url());
    });
    beforeEach(() => {
      this.#made = [];
    });
    afterEach(async () => {
      for (const watch of this.#watches.splice(0)) watch.close();
      for (const path of this.#made.reverse()) await this.wire.delete(path);
    });
  }

  get wire(): Wire {
    if (this.#wire === undefined) throw new Error('the engine is there only while tests run');
    return this.#wire;
  }

  /** A name that nobody else uses on a daemon that is shared. */
  name(): string {
    this.#serial += 1;
    return `contract-${process.pid}-${this.#serial}`;
  }

  /** Removes it after the test. */
  owns(path: string): void {
    this.#made.push(path);
  }

  async container(body: Record<string, unknown>, name = this.name()): Promise<{ id: string; name: string; path: string }> {
    const { status, json } = await this.wire.post(`/containers/create?name=${name}`, { Image: 'busybox', ...body });
    expect(status, JSON.stringify(json)).toBe(201);
    this.owns(`/containers/${json.Id}?force=1&v=1`);
    return { id: json.Id, name, path: `/containers/${json.Id}` };
  }

  async running(body: Record<string, unknown> = {}): Promise<{ id: string; name: string; path: string }> {
    const container = await this.container({ Cmd: untilTerm, ...body });
    expect(await this.wire.post(`${container.path}/start`)).toMatchObject({ status: 204 });
    return container;
  }

  async network(body: Record<string, unknown> = {}): Promise<{ id: string; name: string; path: string }> {
    const name = this.name();
    const { status, json } = await this.wire.post('/networks/create', { Name: name, ...body });
    expect(status, JSON.stringify(json)).toBe(201);
    this.owns(`/networks/${json.Id}`);
    return { id: json.Id, name, path: `/networks/${json.Id}` };
  }

  async volume(body: Record<string, unknown> = {}): Promise<string> {
    const name = this.name();
    expect(await this.wire.post('/volumes/create', { Name: name, ...body })).toMatchObject({ status: 201 });
    this.owns(`/volumes/${name}`);
    return name;
  }

  /** An imported image, whose containers run `true`. */
  async image(): Promise<{ id: string; reference: string }> {
    const repo = this.name();
    const archive = tarWrite([tarFile('name', repo)]);
    const { text } = await this.wire.call(
      'POST',
      `/images/create?fromSrc=-&repo=${repo}&tag=1&changes=${encodeURIComponent('CMD ["true"]')}`,
      archive,
    );
    const id = JSON.parse(text).status;
    this.owns(`/images/${id}?force=1`);
    return { reference: `${repo}:1`, id };
  }

  /** Everything that happens from now on. */
  async events(filters: Record<string, string[]> = {}): Promise<EventWatch> {
    const watch = await EventWatch.open(this.wire, filters);
    this.#watches.push(watch);
    return watch;
  }
}

/** An engine's refusal: its status and its very words. */
export function refusal(reply: WireReply): [status: number, message: unknown] {
  return [reply.status, reply.json?.message];
}
