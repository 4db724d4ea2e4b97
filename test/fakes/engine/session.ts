import type { Duplex } from 'node:stream';
import { frame, type Input, type Stdio } from './stdio.ts';

/** One client's attachment to a process: a container's attach, or an exec that was started attached. */
export interface Session {
  stdio: Stdio;
  /** A terminal's output is not framed, and its input knows the detach keys. */
  tty: boolean;
  stdout: boolean;
  stderr: boolean;
  /** null: this client sends no input. */
  stdin: Input | null;
  /** What was printed earlier, already framed. */
  history: Buffer;
  detached(): void;
}

const detachKeys = Buffer.from([0x10, 0x11]); // ctrl-p ctrl-q

/** Pipes both ways until the process ends, the client leaves or its detach keys arrive. A client may close its writing half alone. */
export function sessionRun(client: Duplex, session: Session): void {
  const leave = session.stdio.listen({
    output(stream, data) {
      if (stream === 1 ? session.stdout : session.stderr) client.write(session.tty ? data : frame(stream, data));
    },
    ended: () => client.end(() => client.destroy()),
  });
  client.on('close', leave).on('error', leave);
  if (session.history.length > 0) client.write(session.history);
  client.on('data', (data: Buffer) => {
    if (session.tty && data.includes(detachKeys)) {
      leave();
      session.detached();
      client.end(() => client.destroy());
    } else session.stdin?.stdinWrite(data);
  });
  client.on('end', () => session.stdin?.stdinEnd());
}
