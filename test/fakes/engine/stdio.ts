/** Someone who reads what a process prints. */
export interface Listener {
  output(stream: 1 | 2, data: Buffer): void;
  ended(): void;
}

/** What takes a process's input. */
export interface Input {
  stdinWrite(data: Buffer): void;
  stdinEnd(): void;
}

/** The streams of a process: output goes to whoever is attached at that moment, input waits for the process to start. */
export class Stdio implements Input {
  readonly #listeners = new Set<Listener>();
  #process: Input | null = null;
  #early: ((process: Input) => void)[] = [];

  start(process: Input): void {
    this.#process = process;
    for (const input of this.#early.splice(0)) input(process);
  }

  stdinWrite(data: Buffer): void {
    this.#input((process) => process.stdinWrite(data));
  }

  stdinEnd(): void {
    this.#input((process) => process.stdinEnd());
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  output(stream: 1 | 2, data: Buffer): void {
    for (const listener of this.#listeners) listener.output(stream, data);
  }

  /** Everyone leaves; the next run starts with new listeners. */
  end(): void {
    this.#process = null;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener.ended();
  }

  #input(action: (process: Input) => void): void {
    if (this.#process === null) this.#early.push(action);
    else action(this.#process);
  }
}

/** Docker's multiplexed framing: stream, three zeros, length as a 32-bit big-endian number, payload. */
export function frame(stream: 1 | 2, data: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

/** A terminal turns each line feed into carriage return and line feed. */
export function terminalOutput(data: Buffer): Buffer {
  return Buffer.from(data.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
}
