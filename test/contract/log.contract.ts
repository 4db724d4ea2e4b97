import { describe, expect, it } from 'vitest';
import { refusal, type Subject } from './subject.ts';
import { framesOf } from './wire.ts';

export function logContract(subject: Subject): void {
  const finished = async (body: Record<string, unknown>) => {
    const container = await subject.container(body);
    await subject.wire.post(`${container.path}/start`);
    await subject.wire.post(`${container.path}/wait`);
    return container.path;
  };
  const twoStreams = { Cmd: ['sh', '-c', 'echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three'] };

  describe('logs', () => {
    it('are framed by stream, in the order they were printed', async () => {
      const path = await finished(twoStreams);
      const { bytes, status } = await subject.wire.get(`${path}/logs?stdout=1&stderr=1`);
      expect(status).toBe(200);
      expect(framesOf(bytes)).toEqual([
        { stream: 1, text: 'one\n' },
        { stream: 2, text: 'two\n' },
        { stream: 1, text: 'three\n' },
      ]);
      expect(framesOf((await subject.wire.get(`${path}/logs?stderr=1`)).bytes)).toEqual([{ stream: 2, text: 'two\n' }]);
    });

    it('of a terminal are one raw stream', async () => {
      const path = await finished({ ...twoStreams, Tty: true });
      expect((await subject.wire.get(`${path}/logs?stdout=1&stderr=1`)).text).toBe('one\r\ntwo\r\nthree\r\n');
    });

    it('are cut by tail, since and until, and carry timestamps', async () => {
      const path = await finished(twoStreams);
      const logs = async (query: string) =>
        framesOf((await subject.wire.get(`${path}/logs?stdout=1&stderr=1&${query}`)).bytes).map(({ text }) => text);
      expect(await logs('tail=1')).toEqual(['three\n']);
      const [stamped = ''] = await logs('tail=1&timestamps=1');
      expect(stamped).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z three\n$/);
      const third = Date.parse(stamped.slice(0, 23)) / 1000;
      expect(await logs(`until=${(third - 0.1).toFixed(3)}`)).toEqual(['one\n', 'two\n']);
      expect(await logs(`since=${(third - 0.1).toFixed(3)}`)).toEqual(['three\n']);
    });

    it('are followed to the end of the container', async () => {
      const { path } = await subject.container({ Cmd: ['sh', '-c', 'echo a; sleep 0.3; echo b'] });
      await subject.wire.post(`${path}/start`);
      expect(framesOf((await subject.wire.get(`${path}/logs?stdout=1&follow=1`)).bytes)).toEqual([{ stream: 1, text: 'a\nb\n' }]);
    });

    it('need a stream to be chosen', async () => {
      const { path } = await subject.container({});
      expect(refusal(await subject.wire.get(`${path}/logs`))).toEqual([400, 'Bad parameters: you must choose at least one stream']);
    });
  });
}
