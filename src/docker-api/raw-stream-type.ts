import { apiVersionAtLeast } from '../policy/api-version.ts';

/** From API 1.42 on a stream without a terminal says that its output is framed. Source: Engine API version history, 1.42. */
export function rawStreamType(tty: boolean, apiVersion: string): string {
  return !tty && apiVersionAtLeast(apiVersion, '1.42') ? 'application/vnd.docker.multiplexed-stream' : 'application/vnd.docker.raw-stream';
}
