import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { unstable_startWorker } from 'wrangler';
import { installationUp, testKey } from '../rest-api/rest-up.ts';
import { restSuite } from '../rest-api/suite/all.ts';
import type { Target } from '../rest-api/suite/target.ts';

const hyperdrive = 'CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_HYPERDRIVE';

describe('the REST API in workerd', () => {
  let target: Target;
  let stop: () => Promise<void> = () => Promise.resolve();

  beforeAll(async () => {
    const { database, ...installation } = await installationUp();
    // Hyperdrive wants a password in the address, also where the server asks for none.
    const address = new URL(database.url);
    address.password ||= 'none';
    process.env[hyperdrive] = address.href;
    const worker = await unstable_startWorker({
      config: join(import.meta.dirname, '../../wrangler.toml'),
      bindings: { BERTH_KEY: { type: 'plain_text', value: testKey } },
      dev: { server: { port: 0 }, watch: false, inspector: false, logLevel: 'error' },
    });
    await worker.ready;
    target = { ...installation, url: (await worker.url).href, engines: false };
    stop = async () => {
      await worker.dispose();
      delete process.env[hyperdrive];
      await database.drop();
    };
  });
  afterAll(() => stop());

  restSuite(() => target);
});
