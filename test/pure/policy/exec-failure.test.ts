import { describe, expect, it } from 'vitest';
import { execFailureText } from '../../../src/policy/exec-failure.ts';

const started = 'OCI runtime exec failed: exec failed: unable to start container process:';
const say = (text: string) => execFailureText(`${text}\r\n`, new Map());

describe('what an engine says of a command that it could not start', () => {
  it.each([
    `${started} exec: "nosuch": executable file not found in $PATH: unknown`,
    `${started} exec: "/etc/passwd": permission denied: unknown`,
    `${started} exec: "./nosuch": stat ./nosuch: no such file or directory: unknown`,
    `${started} exec: "/loop": stat /loop: too many levels of symbolic links: unknown`,
    `${started} exec: "a\\nb": executable file not found in $PATH: unknown`,
    `${started} chdir to cwd ("/nosuch") set in config.json failed: no such file or directory: unknown`,
    `${started} chdir to cwd ("/etc/passwd") set in config.json failed: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type`,
    'OCI runtime exec failed: exec failed: Cwd must be an absolute path: unknown',
    'unable to find user nosuch: no matching entries in passwd file',
    'unable to find group nosuch: no matching entries in group file',
    'uids and gids must be in range 0-2147483647',
  ])('is passed on in the words that people know: %s', (text) => {
    expect(say(text)).toBe(text);
  });

  it('is put into those words where an older runtime has others', () => {
    expect(
      say(
        'OCI runtime exec failed: exec failed: container_linux.go:380: starting container process caused: exec: "nosuch": executable file not found in $PATH: unknown',
      ),
    ).toBe(`${started} exec: "nosuch": executable file not found in $PATH: unknown`);
  });
});

describe('what would tell of the host', () => {
  const ours = 'The command could not be started in this container.';
  it.each([
    'failed to create runc console socket: mkdir /run/containerd/io.containerd.runtime.v2.task/moby/x: no space left on device',
    'connection error: desc = "transport: dial unix /run/docker/containerd/containerd.sock: connect: connection refused": unavailable',
    'Container 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef is not running',
    'unable to find user /host/path: no matching entries in passwd file',
    'x',
    '',
  ])('is not repeated: %s', (text) => {
    expect(say(text)).toContain(ours);
    expect(say(text)).not.toMatch(/\/run|\/host|0123456789|transport/);
  });

  it('is left out of what a runtime says', () => {
    const text = `OCI runtime exec failed: open /run/docker/runtime-runc/moby/x/state.json: no such file or directory: unknown`;
    expect(say(text)).toBe('OCI runtime exec failed: unable to start container process: no such file or directory: unknown');
    const path = `${started} chdir to cwd ("/var/lib/berth-0123/x") set in config.json failed: permission denied: unknown`;
    expect(say(path)).toBe(`${started} permission denied: unknown`);
  });
});
