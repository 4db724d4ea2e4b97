import { attachContract } from './attach.contract.ts';
import { commitContract } from './commit.contract.ts';
import { containerContract } from './container.contract.ts';
import { eventContract } from './event.contract.ts';
import { execContract } from './exec.contract.ts';
import { fileContract } from './file.contract.ts';
import { imageContract } from './image.contract.ts';
import { lifecycleContract } from './lifecycle.contract.ts';
import { logContract } from './log.contract.ts';
import { networkContract } from './network.contract.ts';
import { shapeContract } from './shape.contract.ts';
import { Subject } from './subject.ts';
import { systemContract } from './system.contract.ts';
import { updateContract } from './update.contract.ts';
import { volumeContract } from './volume.contract.ts';
import { waitContract } from './wait.contract.ts';

/**
 * What Berth relies on in an engine of API 1.41, held against the fake and a real one alike. The engine listens on a Unix socket and
 * has `busybox:latest`.
 *
 * Where the fake deliberately differs, so that no test may rely on it:
 * - SIGTERM ends any process whose command line has no trap. In a real container process number one ignores it, and a stop takes its whole grace.
 * - A command that it does not know runs until it is killed. A real engine refuses the start with 400.
 * - A stream of statistics starts at once and its figures never change; a real engine measures for a second first.
 * - Keys of JSON bodies are read as they are written: no case folding, and of two equal keys the last wins.
 * - Any image can be pulled. Its content is a few files that name it. Pull errors are injected.
 * - An exec that has not started refuses a resize at once; a real engine waits ten seconds for it.
 * - Volumes hold no files, and containers cannot reach each other or be reached.
 * - A terminal does not echo its input, and ctrl-p ctrl-q are its detach keys whatever the client asks.
 * - Containers change no files, whatever they run.
 * - Not served: attach by WebSocket, build, auth, distribution, search, swarm.
 */
export function engineContract(url: () => string): void {
  const subject = new Subject(url);
  systemContract(subject);
  containerContract(subject);
  lifecycleContract(subject);
  waitContract(subject);
  logContract(subject);
  attachContract(subject);
  execContract(subject);
  fileContract(subject);
  imageContract(subject);
  commitContract(subject);
  networkContract(subject);
  volumeContract(subject);
  updateContract(subject);
  eventContract(subject);
  shapeContract(subject);
}
