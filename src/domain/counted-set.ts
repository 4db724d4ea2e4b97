/** A set of what several may hold at once: one that was added twice is in it until it was deleted twice. */
export class CountedSet {
  readonly #counts = new Map<string, number>();

  add(item: string): void {
    this.#counts.set(item, (this.#counts.get(item) ?? 0) + 1);
  }

  /** Without effect for one that is not in it. */
  delete(item: string): void {
    const left = (this.#counts.get(item) ?? 0) - 1;
    if (left > 0) this.#counts.set(item, left);
    else this.#counts.delete(item);
  }

  has(item: string): boolean {
    return this.#counts.has(item);
  }
}
