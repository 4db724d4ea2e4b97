import { describe, expect, it } from 'vitest';
import { refusal, type Subject } from './subject.ts';

export function systemContract(subject: Subject): void {
  describe('system', () => {
    it('answers a ping with OK, and tells its version in headers', async () => {
      const reply = await subject.wire.get('/_ping');
      expect(reply).toMatchObject({ status: 200, text: 'OK' });
      expect(reply.headers).toMatchObject({ ostype: 'linux', 'docker-experimental': 'false', 'content-type': 'text/plain; charset=utf-8' });
      expect(reply.headers['api-version']).toMatch(/^1\.\d+$/);
      expect(await subject.wire.call('HEAD', '/_ping')).toMatchObject({ status: 200, text: '' });
    });

    it('answers with and without a version in the path', async () => {
      const { json } = await subject.wire.get('/version');
      expect((await subject.wire.get(`/v${json.ApiVersion}/version`)).json).toEqual(json);
      expect(json.Components[0].Details.MinAPIVersion).toBe(json.MinAPIVersion);
    });

    it('refuses a client that is newer than itself', async () => {
      const { json } = await subject.wire.get('/version');
      expect(refusal(await subject.wire.get('/v1.999/info'))).toEqual([
        400,
        `client version 1.999 is too new. Maximum supported API version is ${json.ApiVersion}`,
      ]);
    });

    it.each([
      ['GET', '/nothing'],
      ['PUT', '/info'],
      ['GET', '/v1.41/nothing'],
    ])('does not know %s %s', async (method, path) => {
      expect(refusal(await subject.wire.call(method, path))).toEqual([404, 'page not found']);
    });
  });
}
