import { afterAll, beforeAll, describe } from 'vitest';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { engineContract } from './engine.contract.ts';

describe('a real engine', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await fleetUp({ count: 1, name: 'contract' });
  });
  afterAll(() => fleet.down());

  engineContract(() => `unix://${fleet.hosts[0]?.socket}`);
});
