/**
 * A program for a namespace: an HTTP server on each `address:port` of its arguments. Prints `ready`, then `local-address path`
 * for every request. A path below /redirect/ is answered by a redirect to what follows; /v2/ as a registry does.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';

const server = () =>
  createServer((request, response) => {
    const { localAddress = '' } = request.socket;
    const path = request.url ?? '';
    process.stdout.write(`${localAddress.replace('::ffff:', '')} ${path}\n`);
    const redirect = /^\/v2\/redirect\/([^/]+)\/manifests\//.exec(path)?.[1];
    if (redirect !== undefined) response.writeHead(307, { location: `http://${redirect}/latest/meta-data/` });
    else if (path.startsWith('/v2/') && path !== '/v2/') response.writeHead(404);
    else response.writeHead(200, { 'docker-distribution-api-version': 'registry/2.0' });
    response.end('got through\n');
  });

for (const listen of process.argv.slice(2)) {
  const [, address, port] = /^(.*):(\d+)$/.exec(listen) ?? [];
  await once(server().listen(Number(port), address), 'listening');
}
process.stdout.write('ready\n');
