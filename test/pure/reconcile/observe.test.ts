import { describe, expect, it } from 'vitest';
import type { EngineContainerState } from '../../../src/engine/inspect-types.ts';
import { endedBefore, statePhase } from '../../../src/reconcile/replica-observe.ts';

const never = '0001-01-01T00:00:00Z';
const restart = { condition: 'any' as const, delayMs: 0, maxAttempts: null };
const state = (over: Partial<EngineContainerState>) =>
  ({ Running: false, StartedAt: '2026-01-01T00:00:00Z', FinishedAt: never, ExitCode: 0, ...over }) as EngineContainerState;
const health = (Status: string) => ({ Status }) as EngineContainerState['Health'];

describe('what the state of an engine means for a replica', () => {
  it.each([
    ['runs without a health check', state({ Running: true }), 'starting', 'ready'],
    ['runs and is not healthy yet', state({ Running: true, Health: health('starting') }), 'starting', 'starting'],
    ['was ready and probes anew', state({ Running: true, Health: health('starting') }), 'ready', 'ready'],
    ['is unhealthy', state({ Running: true, Health: health('unhealthy') }), 'ready', 'failed'],
    ['ended with a failure', state({ ExitCode: 3 }), 'ready', 'failed'],
    ['ended well, and shall run always', state({}), 'ready', 'failed'],
    ['was never started', state({ StartedAt: never }), 'starting', 'starting'],
  ] as const)('%s', (_, engine, before, phase) => {
    expect(statePhase(engine, before, restart, false)).toBe(phase);
  });

  it('ended well is finished where that is no failure', () => {
    expect(statePhase(state({}), 'ready', { ...restart, condition: 'on-failure' }, false)).toBe('finished');
  });

  it('not ready by its deadline is failed', () => {
    expect(statePhase(state({ Running: true, Health: health('starting') }), 'starting', restart, true)).toBe('failed');
    expect(statePhase(state({ StartedAt: never }), 'starting', restart, true)).toBe('failed');
  });
});

describe('what ended before its engine was connected', () => {
  const clock = new Date('2026-01-02T00:00:00Z');

  it('may have ended with the engine', () => {
    expect(endedBefore(state({ FinishedAt: '2026-01-01T23:59:59Z' }), clock)).toBe(true);
  });

  it.each([
    ['runs', state({ Running: true, FinishedAt: '2026-01-01T00:00:00Z' })],
    ['was never started', state({ StartedAt: never })],
    ['ended since', state({ FinishedAt: '2026-01-02T00:00:01Z' })],
  ])('is not what %s', (_, engine) => {
    expect(endedBefore(engine, clock)).toBe(false);
  });
});
