import { type Script, type Step, scriptParse } from './script.ts';

/** What a process needs of the world around it. */
export interface ProcessWorld {
  /** `KEY=value` lines. */
  env: string[];
  /** false: standard input is at its end from the start, as /dev/null is. */
  stdinOpen: boolean;
  output(stream: 1 | 2, data: Buffer): void;
  fileRead(path: string): Buffer | null;
  /** Called once. */
  exited(code: number): void;
}

const ignoredByDefault = new Set([17, 18, 23, 28]); // CHLD, CONT, URG, WINCH
const longestTimerMs = 2 ** 31 - 1;

/**
 * A container's process: the few commands that tests use, run by timers instead of by a kernel.
 * A command that is not known here runs until a signal ends it.
 */
export class Process {
  readonly #script: Script;
  readonly #world: ProcessWorld;
  #status = 0;
  #state: 'new' | 'ready' | 'asleep' | 'reading' | 'forever' | 'ended' = 'new';
  #timer: NodeJS.Timeout | undefined;
  #stdin: Buffer[] = [];
  #stdinOpen: boolean;
  #frozen = false;
  #onTerm: Step[] | null = null;

  constructor(argv: string[], world: ProcessWorld) {
    this.#world = world;
    this.#stdinOpen = world.stdinOpen;
    this.#script = scriptParse(
      argv,
      new Map(world.env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])),
    );
  }

  /** Begins in the next turn of the event loop, so that whoever started it is told of the start first. */
  start(): void {
    setImmediate(() => {
      if (this.#state === 'new') this.#state = 'ready';
      this.#advance();
    });
  }

  stdinWrite(data: Buffer): void {
    if (!this.#stdinOpen) return;
    this.#stdin.push(data);
    this.#wake();
  }

  stdinEnd(): void {
    this.#stdinOpen = false;
    this.#wake();
  }

  signal(number: number): void {
    if (this.#state === 'ended' || ignoredByDefault.has(number)) return;
    if (number !== 15 || this.#onTerm === null) {
      this.#end(128 + number);
      return;
    }
    if (this.#onTerm.length === 0) return;
    clearTimeout(this.#timer);
    this.#script.steps = [...this.#onTerm];
    this.#state = 'ready';
    this.#advance();
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    this.#wake();
  }

  #wake(): void {
    if (this.#state === 'reading') this.#state = 'ready';
    this.#advance();
  }

  #advance(): void {
    while (this.#state === 'ready' && !this.#frozen) {
      const step = this.#script.steps.shift();
      if (step !== undefined) this.#run(step);
      else if (this.#script.interactive) this.#lineRead();
      else this.#end(this.#status);
    }
  }

  #run(step: Step): void {
    if ((step.when === 'success' && this.#status !== 0) || (step.when === 'failure' && this.#status === 0)) return;
    switch (step.do) {
      case 'status':
        this.#status = step.code;
        return;
      case 'exit':
        this.#end(step.code ?? this.#status);
        return;
      case 'echo':
        this.#world.output(step.stream, Buffer.from(step.text));
        this.#status = 0;
        return;
      case 'sleep':
        this.#sleep(step.ms);
        return;
      case 'cat':
        this.#cat(step);
        return;
      case 'file':
        this.#file(step.path, step.stream);
        return;
      case 'trap':
        this.#onTerm = step.steps;
        return;
      case 'forever':
        this.#state = 'forever';
    }
  }

  #sleep(ms: number): void {
    if (ms > longestTimerMs) {
      this.#state = 'forever';
      return;
    }
    this.#state = 'asleep';
    this.#status = 0;
    this.#timer = setTimeout(() => {
      this.#state = 'ready';
      this.#advance();
    }, ms);
    this.#timer.unref();
  }

  #cat(step: Step & { do: 'cat' }): void {
    for (const data of this.#stdin.splice(0)) this.#world.output(step.stream, data);
    this.#status = 0;
    if (!this.#stdinOpen) return;
    this.#script.steps.unshift(step);
    this.#state = 'reading';
  }

  #file(path: string, stream: 1 | 2): void {
    const data = this.#world.fileRead(path);
    this.#status = data === null ? 1 : 0;
    if (data === null) this.#world.output(2, Buffer.from(`cat: can't open '${path}': No such file or directory\n`));
    else this.#world.output(stream, data);
  }

  /** One line of a shell that reads its commands from standard input. */
  #lineRead(): void {
    const text = Buffer.concat(this.#stdin.splice(0)).toString();
    const end = text.search(/[\r\n]/);
    if (end >= 0) {
      this.#stdin = [Buffer.from(text.slice(end + 1))];
      this.#script.steps = scriptParse(['sh', '-c', text.slice(0, end)], this.#script.env).steps;
    } else if (this.#stdinOpen) {
      this.#stdin = [Buffer.from(text)];
      this.#state = 'reading';
    } else this.#end(this.#status);
  }

  #end(code: number): void {
    clearTimeout(this.#timer);
    this.#state = 'ended';
    this.#world.exited(code);
  }
}
