/** Made once, since every call ends with it and an error takes its time to note where it was made. */
const callOver = new DOMException('The call is over.', 'AbortError');

/** Whether a call's client is still there. The signal is made for whoever asks for it: making one takes as long as answering from memory. */
export class Gone {
  over = false;
  readonly #told: (() => void)[] = [];
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.over) this.#controller.abort(callOver);
    }
    return this.#controller.signal;
  }

  /** Calls `told` when the call is over, or now if it is. */
  onEnd(told: () => void): void {
    if (this.over) told();
    else this.#told.push(told);
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    this.#controller?.abort(callOver);
    for (const told of this.#told) told();
  }
}
