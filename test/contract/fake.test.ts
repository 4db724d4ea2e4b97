import { afterAll, beforeAll, describe } from 'vitest';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { engineContract } from './engine.contract.ts';

describe('the fake engine', () => {
  let engine: FakeEngine;
  beforeAll(async () => {
    engine = await fakeEngineStart();
  });
  afterAll(() => engine.stop());

  engineContract(() => engine.url);
});
