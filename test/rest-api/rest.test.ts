import { afterAll, beforeAll, describe } from 'vitest';
import { type RunningRest, restUp } from './rest-up.ts';
import { restSuite } from './suite/all.ts';

describe('the REST API on Node', () => {
  let rest: RunningRest;
  beforeAll(async () => {
    rest = await restUp();
  });
  afterAll(() => rest?.stop());

  restSuite(() => rest);
});
