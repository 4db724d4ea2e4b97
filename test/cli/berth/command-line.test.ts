import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { berthRun, type Terminal, terminalUp } from './berth-run.ts';

describe('the berth command line', () => {
  let terminal: Terminal;
  beforeAll(async () => {
    terminal = await terminalUp();
  });
  afterAll(() => terminal?.stop());

  describe('happy', () => {
    it('help lists every command', async () => {
      const { code, stdout } = await berthRun(['help']);
      expect(code).toBe(0);
      for (const words of [
        'serve',
        'stop',
        'context create NAME',
        'cert create',
        'token revoke ID',
        'tenant delete',
        'hosts cordon',
        'version',
      ]) {
        expect(stdout).toContain(`berth ${words}`);
      }
    });

    it('a command explains itself', async () => {
      const { code, stdout } = await berthRun(['hosts', 'add', '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain('berth hosts add NAME ADDRESS');
    });

    it.each([
      ['jobs', '--help'],
      ['help', 'jobs'],
    ])('berth %s %s lists the commands of jobs alone', async (...args) => {
      const { code, stdout, stderr } = await berthRun(args);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('berth jobs create NAME');
      expect(stdout).toContain('change a job');
      expect(stdout).not.toContain('berth token');
    });

    it('version names this command and the server', async () => {
      expect((await berthRun(['version'])).stdout).toMatch(/^berth \d+\.\d+\.\d+\n$/);
      expect((await berthRun(['version'], terminal.env)).stdout).toMatch(/^berth (\S+)\nserver \1\n$/);
    });
  });

  describe('error', () => {
    it.each([
      [[], 'a fleet of Docker hosts'],
      [['frobnicate'], 'no command "frobnicate"'],
      [['token'], 'berth token list'],
      [['token', 'eat'], 'no command "token eat"'],
      [['token', 'create'], 'NAME is missing'],
      [['token', 'create', 'a', 'b'], '"b" is one argument too many'],
      [['token', 'create', 'a', '--nope'], "Unknown option '--nope'"],
      [['token', 'create', 'a', '--expires', 'soon'], '--expires takes a time'],
      [['token', 'create', 'a', '--expires'], '--expires'],
      [['token', 'revoke', '../x'], 'no id of a token'],
      [['token', 'list', '--operator', '--tenant', 'x'], 'exclude each other'],
      [['cert', 'create', '--days', '0'], '--days takes a number'],
      [['hosts', 'add', 'h', 'tcp://h:1', '--certs', '/nowhere'], '/nowhere/ca.pem cannot be read'],
      [['hosts', 'add', 'h', 'tcp://h:1', '--label', 'x'], '--label takes KEY=VALUE'],
      [['context', 'create', 'a/b'], 'cannot name a docker context'],
    ])('berth %j ends with 2 and says %s', async (args, words) => {
      const { code, stdout, stderr } = await berthRun(args, terminal.env);
      expect(stdout + stderr).toContain(words);
      expect(code).toBe(2);
    });

    it.each([
      ['no BERTH_URL', { BERTH_URL: '' }, 2, 'BERTH_URL is not set'],
      ['a BERTH_URL that is none', { BERTH_URL: 'localhost:2480' }, 2, 'BERTH_URL is no address'],
      ['no token', { BERTH_TOKEN: '' }, 2, 'BERTH_TOKEN is not set'],
      ['a token with a line break', { BERTH_TOKEN: 'a\nb' }, 2, 'BERTH_TOKEN holds no token'],
      ['a token that is not valid', { BERTH_TOKEN: 'berth_wrong' }, 1, 'BERTH_TOKEN was used'],
      ['nothing at that address', { BERTH_URL: 'http://127.0.0.1:9' }, 1, 'No Berth server answers at http://127.0.0.1:9'],
    ])('%s', async (_what, change, exit, words) => {
      const { code, stderr } = await berthRun(['token', 'list'], { ...terminal.env, ...change });
      expect(stderr).toContain(words);
      expect(code).toBe(exit);
    });

    it("a tenant's token where the operator's belongs", async () => {
      const { code, stderr } = await berthRun(['tenant', 'list'], { ...terminal.env, BERTH_OPERATOR_TOKEN: terminal.env.BERTH_TOKEN });
      expect(stderr).toContain('Only an operator');
      expect(code).toBe(1);
    });

    it("the operator's token where a tenant's belongs", async () => {
      const { code, stderr } = await berthRun(['token', 'list'], { ...terminal.env, BERTH_TOKEN: terminal.env.BERTH_OPERATOR_TOKEN });
      expect(stderr).toContain('--tenant');
      expect(code).toBe(2);
    });

    it('another server at that address', async () => {
      const other = createServer((_request, response) => response.end('<h1>It works!</h1>'));
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as AddressInfo;
      const { code, stderr } = await berthRun(['token', 'list'], { ...terminal.env, BERTH_URL: `http://127.0.0.1:${port}` });
      other.close();
      expect(stderr).toContain('is no Berth server');
      expect(code).toBe(1);
    });
  });

  describe('security', () => {
    it('a token is not sent on to where an answer points', async () => {
      const seen: unknown[] = [];
      const other = createServer((request, response) => {
        seen.push(request.headers.authorization);
        response.writeHead(307, { location: '/elsewhere' }).end();
      });
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as AddressInfo;
      const { code } = await berthRun(['token', 'list'], { ...terminal.env, BERTH_URL: `http://127.0.0.1:${port}` });
      other.close();
      expect(code).toBe(1);
      expect(seen.length).toBe(1);
    });
  });
});
