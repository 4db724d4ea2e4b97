import { describe, expect, it } from 'vitest';
import { tableMirror } from '../../../src/observe/table-mirror.ts';

interface Row {
  id: string;
  value: number;
}

/** A table whose answers come when the test lets them, and say what was true when they were asked. */
function tableMake() {
  const stored = new Map<string, Row>();
  const answers: (() => void)[] = [];
  let failing = false;
  const ask = <T>(answer: () => T): Promise<T> => {
    const found = answer();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    answers.push(failing ? () => reject(new Error('away')) : () => resolve(found));
    return promise;
  };
  const mirror = tableMirror<Row>({
    key: ({ id }) => id,
    living: () => true,
    readAll: () => ask(() => [...stored.values()]),
    readKeys: (keys) => ask(() => keys.flatMap((key) => stored.get(key) ?? [])),
  });
  return {
    mirror,
    write: (value: number, id = 'a') => void stored.set(id, { id, value }),
    fail: (now: boolean) => void (failing = now),
    /** A question is out, and not answered yet. */
    async asked() {
      while (answers.length === 0) await Promise.resolve();
    },
    /** Lets all answers out, those of questions that follow from them too. */
    async answered() {
      for (let idle = 0; idle < 20; idle++) {
        await Promise.resolve();
        for (const answer of answers.splice(0)) {
          answer();
          idle = 0;
        }
      }
    },
    shown: (id = 'a') => mirror.get(id)[0]?.value,
  };
}

describe('a table in memory', () => {
  it('shows what this process wrote at once', () => {
    const { mirror, shown } = tableMake();
    mirror.apply({ id: 'a', value: 1 });
    expect(shown()).toBe(1);
  });

  it("ends with another's later write, though our earlier one is heard of after it", async () => {
    const { mirror, write, asked, answered, shown } = tableMake();
    write(2);
    mirror.changed('a');
    await asked();
    mirror.apply({ id: 'a', value: 1 });
    await answered();
    expect(shown()).toBe(2);
  });

  it('ends with it even when it was told and read before the answer to ours came in', async () => {
    const { mirror, write, answered, shown } = tableMake();
    write(2);
    mirror.changed('a');
    await answered();
    mirror.apply({ id: 'a', value: 1 });
    await answered();
    expect(shown()).toBe(2);
  });

  it('ends with it as well when everything is read again meanwhile', async () => {
    const { mirror, write, asked, answered, shown } = tableMake();
    write(2);
    void mirror.reload();
    await asked();
    mirror.apply({ id: 'a', value: 1 });
    await answered();
    expect(shown()).toBe(2);
  });

  it('misses no key that is told of just when it has read the last one', async () => {
    const { mirror, write, answered, shown } = tableMake();
    write(1);
    mirror.changed('a');
    const told = mirror.settled().then(() => {
      write(1, 'b');
      mirror.changed('b');
    });
    await answered();
    await told;
    await answered();
    expect(shown('b')).toBe(1);
  });

  it('reads everything again for the next reader when a read failed', async () => {
    const { mirror, write, fail, answered, shown } = tableMake();
    write(1);
    fail(true);
    mirror.changed('a');
    await answered();
    expect(shown()).toBeUndefined();
    fail(false);
    const settled = mirror.settled();
    await answered();
    await settled;
    expect(shown()).toBe(1);
  });

  it('lets no reader go on with what it had before changes went by untold', async () => {
    const { mirror, write, answered, shown } = tableMake();
    write(1);
    mirror.missed();
    expect(mirror.quiet).toBe(false);
    let read: number | undefined;
    const reader = mirror.settled().then(() => {
      read = shown();
    });
    await answered();
    await reader;
    expect([read, mirror.quiet]).toEqual([1, true]);
  });
});
