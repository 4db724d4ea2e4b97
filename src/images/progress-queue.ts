import type { ProgressLine } from './progress.ts';

/** Progress lines between the work that makes them and whoever reads them, who may be slower: of a download only its newest count waits. */
export class ProgressQueue {
  readonly #waiting: ProgressLine[] = [];
  #ended = false;
  #wake: () => void = () => {};

  tell(line: ProgressLine): void {
    const last = this.#waiting.at(-1);
    if (line.progressDetail?.total !== undefined && last?.id === line.id && last?.status === line.status) this.#waiting.pop();
    this.#waiting.push(line);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** All lines until the end. For one reader. */
  async *lines(): AsyncGenerator<ProgressLine, void, undefined> {
    for (;;) {
      for (let line = this.#waiting.shift(); line !== undefined; line = this.#waiting.shift()) yield line;
      if (this.#ended) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }
}
