import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { conditionMet, processEnded } from '../../src/runtime/local/process.ts';
import { authorityMake, authorityOpen } from '../../src/vault/authority.ts';
import type { FleetHost } from '../fleet/fleet.ts';
import type { LoadTarget } from './load.ts';

export interface RunningProxy {
  target: LoadTarget;
  stop(): Promise<void>;
}

/** HAProxy before one engine: TLS to its clients, who need no certificate, and mutual TLS to the engine, both kept alive. */
export async function haproxyStart(folder: string, { address, certs }: FleetHost): Promise<RunningProxy> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const made = await authorityMake('bench');
  const authority = await authorityOpen(made.certificatePem, made.keyPem);
  const server = await authority.serverIssue(['127.0.0.1'], 1);
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const own = await file('server.pem', `${server.certificatePem}\n${server.keyPem}`);
  const client = await file('client.pem', `${certs.cert}\n${certs.key}`);
  const ca = await file('ca.pem', certs.ca);
  const port = randomInt(20_000, 32_000);
  const config = `
defaults
  mode http
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  http-reuse always
frontend clients
  bind 127.0.0.1:${port} ssl crt ${own}
  default_backend engine
backend engine
  server engine ${address}:2376 ssl verify required ca-file ${ca} crt ${client}
`;
  const child = spawn('haproxy', ['-db', '-f', await file('haproxy.cfg', config)], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (!(await conditionMet(() => reachable(port), 10_000))) throw new Error('HAProxy did not begin to listen');
  return {
    target: { host: '127.0.0.1', port, tls: { ca: made.certificatePem } },
    async stop() {
      child.kill('SIGTERM');
      if (child.pid !== undefined) await processEnded(child.pid, 10_000);
    },
  };
}

function reachable(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
