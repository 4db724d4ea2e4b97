import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Subject } from './subject.ts';

export function waitContract(subject: Subject): void {
  const ended = async (response: IncomingMessage) => JSON.parse(Buffer.concat(await response.toArray()).toString());
  const wait = (path: string, condition: string) => subject.wire.open('POST', `${path}/wait?condition=${condition}`);

  describe('a wait', () => {
    it.each(['next-exit', 'removed'])('for %s sends its headers before the container has started', async (condition) => {
      const { path } = await subject.container({ Cmd: ['sh', '-c', 'exit 4'], HostConfig: { AutoRemove: true } });
      const response = await wait(path, condition);
      expect(response).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } });
      await subject.wire.post(`${path}/start`);
      expect(await ended(response)).toEqual({ Error: null, StatusCode: 4 });
    });

    it('for removed ends only when the container is gone', async () => {
      const { path } = await subject.container({ Cmd: ['sh', '-c', 'exit 4'] });
      const removed = await wait(path, 'removed');
      const exit = await wait(path, 'next-exit');
      await subject.wire.post(`${path}/start`);
      await ended(exit);
      expect(removed.readableLength).toBe(0);
      await subject.wire.delete(path);
      expect(await ended(removed)).toEqual({ Error: null, StatusCode: 4 });
    });

    it.each(['not-running', 'anything', ''])('for "%s" is over at once when the container does not run', async (condition) => {
      const { path } = await subject.container({});
      expect(await ended(await wait(path, condition))).toEqual({ Error: null, StatusCode: 0 });
    });

    it('for not-running lasts while it runs', async () => {
      const { path } = await subject.running();
      const response = await wait(path, 'not-running');
      await subject.wire.post(`${path}/stop`);
      expect(await ended(response)).toEqual({ Error: null, StatusCode: 3 });
    });

    it('for next-exit ignores the exit before, and ends with a removal', async () => {
      const { path } = await subject.container({ Cmd: ['true'] });
      await subject.wire.post(`${path}/start`);
      await ended(await wait(path, 'not-running'));
      const response = await wait(path, 'next-exit');
      await subject.wire.delete(path);
      expect(await ended(response)).toEqual({ Error: null, StatusCode: 0 });
    });
  });
}
