/** Runs one piece of work after another, in the order they were handed in. One that fails does not hold up the next. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

export function inTurnMake(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  };
}
