import { describe, expect, it } from 'vitest';
import type { ProgressLine } from '../../../src/images/progress.ts';
import { ProgressQueue } from '../../../src/images/progress-queue.ts';

const download = (id: string, current: number): ProgressLine => ({ status: 'Downloading', id, progressDetail: { current, total: 100 } });

async function rest(queue: ProgressQueue): Promise<ProgressLine[]> {
  const lines: ProgressLine[] = [];
  for await (const line of queue.lines()) lines.push(line);
  return lines;
}

describe('lines of progress that wait for their reader', () => {
  it('come in order, also those that come while it waits', async () => {
    const queue = new ProgressQueue();
    queue.tell({ status: 'Pulling fs layer', id: 'a' });
    const reading = rest(queue);
    await Promise.resolve();
    queue.tell({ status: 'Download complete', id: 'a' });
    queue.end();
    expect(await reading).toEqual([
      { status: 'Pulling fs layer', id: 'a' },
      { status: 'Download complete', id: 'a' },
    ]);
  });

  it('are of one download only the newest, so that a slow reader costs no memory', async () => {
    const queue = new ProgressQueue();
    for (let current = 1; current <= 1000; current++) queue.tell(download('a', current));
    queue.tell({ status: 'Download complete', id: 'a' });
    queue.tell(download('b', 1));
    queue.end();
    expect(await rest(queue)).toEqual([download('a', 1000), { status: 'Download complete', id: 'a' }, download('b', 1)]);
  });
});
