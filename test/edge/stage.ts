import { request } from 'node:http';
import { Edge } from '../../src/edge/edge.ts';
import { type Client, type Stage, stageUp } from '../cli/stage.ts';
import { until } from '../harness.ts';

export interface EdgeStage extends Stage {
  edge: Edge;
  /** Runs a web server on port 80 that answers with the container's name, and waits until it answers inside. */
  web(client: Client, name: string, ...flags: string[]): Promise<void>;
}

/** Three real engines, Berth before them, and an edge in this process that listens on loopback. */
export async function edgeStageUp(name: string): Promise<EdgeStage> {
  return edgeOn(await stageUp(`edge-${name}`));
}

/** An edge in this process before a stage that is there already. It ends with the stage. */
export async function edgeOn<S extends Stage>(stage: S): Promise<S & EdgeStage> {
  const edge = new Edge({ databaseUrl: stage.berth.databaseUrl, bind: '127.0.0.1', log: stage.berth.server.app.log });
  await edge.start();
  return Object.assign(stage, {
    edge,
    async web(client: Client, container: string, ...flags: string[]) {
      const serve = `mkdir /w; echo ${container} > /w/index.html; httpd -f -p 80 -h /w`;
      await client.out('run', '-d', '--name', container, ...flags, 'busybox', 'sh', '-c', serve);
      await until(async () => (await client.out('exec', container, 'wget', '-qO-', 'http://127.0.0.1/').catch(() => '')) === container);
    },
    down: ((down) => async () => {
      await edge.stop(0);
      await down();
    })(stage.down),
  });
}

/** A request on a connection of its own. */
export function httpGet(port: number, address = '127.0.0.1', path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ host: address, port, path, agent: false, timeout: 10_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject).on('end', () => resolve(text));
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', reject).end();
  });
}
