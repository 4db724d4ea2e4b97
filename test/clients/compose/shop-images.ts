import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '../../cli/stage.ts';

const program = (path: string, ...lines: string[]) =>
  `mkdir -p ${path.slice(0, path.lastIndexOf('/'))}\ncat > ${path} <<'end'\n#!/bin/sh\n${lines.join('\n')}\nend\nchmod +x ${path}`;

/** `web` asks `api` by its alias, which asks the database that its environment names, which prints its rows. */
const files = [
  program('/web/cgi-bin/shop', 'printf "\\r\\n"', 'exec wget -q -O - http://api.shop/cgi-bin/orders'),
  program('/api/cgi-bin/orders', 'printf "\\r\\n$GREETING from $HOSTNAME: "', 'exec nc -w 2 $DATABASE 5432 < /dev/null'),
  program('/bin/rows', 'cat /var/orders/*'),
  'mkdir -p /var/orders && echo "one teapot" > /var/orders/1',
].join('\n');

const images: Record<string, string[]> = {
  'shop-web': ['CMD ["httpd","-f","-vv","-h","/web","-p","80"]', 'EXPOSE 80'],
  'shop-api': ['CMD ["httpd","-f","-vv","-h","/api","-p","80"]'],
  'shop-db': [
    'CMD ["nc","-ll","-p","5432","-e","/bin/rows"]',
    'VOLUME /var/orders',
    'HEALTHCHECK --interval=1s --timeout=2s --retries=30 CMD nc -w 1 127.0.0.1 5432 < /dev/null',
  ],
};

/** Makes the images that test/clients/compose/shop names, from the tenant's busybox. */
export async function shopImagesMake(client: Client): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-shop-'));
  const root = join(folder, 'root.tar');
  await client.pipe(files, 'run', '-i', '--name', 'shop-base', 'busybox', 'sh', '-e');
  await client.out('export', '-o', root, 'shop-base');
  await client.out('rm', 'shop-base');
  for (const [name, changes] of Object.entries(images))
    await client.out('import', ...changes.flatMap((change) => ['--change', change]), root, name);
  await rm(folder, { recursive: true });
}
