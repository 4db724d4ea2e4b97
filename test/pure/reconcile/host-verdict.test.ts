import { describe, expect, it } from 'vitest';
import { type HostSigns, hostsGivenUp, replicasAsked } from '../../../src/reconcile/host-verdict.ts';

const lostMs = 6_000;
const now = 1_000_000;
const ago = (ms: number) => now - ms;

/** One whose engine fell silent so long ago, and whose replicas were asked in vain since. */
const silent = (ms: number, over: Partial<HostSigns> = {}): HostSigns => ({ engineAt: ago(ms), answeredAt: 0, noneAt: ago(500), ...over });
const live = silent(100, { noneAt: 0 });

const givenUp = (...hosts: HostSigns[]) => hostsGivenUp(hosts, lostMs, now).map((host) => hosts.indexOf(host));

describe('a host is given up', () => {
  it('when neither its engine nor a replica was heard for the grace', () => {
    expect(givenUp(live, live, silent(6_001))).toEqual([2]);
    expect(givenUp(live, live, silent(6_000))).toEqual([]);
  });

  it('however small the fleet is', () => {
    expect(givenUp(silent(6_001))).toEqual([0]);
    expect(givenUp(live, silent(6_001))).toEqual([1]);
  });

  it('when its replicas answered for long and then were silent for the grace too', () => {
    expect(givenUp(live, silent(3_600_000, { answeredAt: ago(6_001) }))).toEqual([1]);
  });
});

describe('a host is kept', () => {
  it('while a replica on it answers, however long its engine has been silent', () => {
    expect(givenUp(live, silent(3_600_000, { answeredAt: ago(900) }))).toEqual([]);
    expect(givenUp(live, silent(3_600_000, { answeredAt: ago(6_000) }))).toEqual([]);
  });

  it('until its replicas were looked for since it was last heard', () => {
    expect(givenUp(live, silent(6_001, { noneAt: 0 }))).toEqual([]);
    expect(givenUp(live, silent(6_001, { noneAt: ago(6_002) }))).toEqual([]);
    expect(givenUp(live, silent(60_000, { answeredAt: ago(7_000), noneAt: ago(7_001) }))).toEqual([]);
  });

  it('when two or more, and over a third, fall silent together: that is our own link', () => {
    expect(givenUp(silent(6_001), silent(4_001))).toEqual([]);
    expect(givenUp(silent(6_001), silent(4_001), live)).toEqual([]);
    expect(givenUp(...Array(4).fill(silent(6_001)), ...Array(5).fill(live))).toEqual([]);
    expect(givenUp(...Array(3).fill(silent(6_001)), ...Array(6).fill(live))).not.toEqual([]);
  });
});

it('a host whose replicas answer says nothing against our own link', () => {
  expect(givenUp(silent(3_600_000, { answeredAt: ago(900) }), silent(6_001), live)).toEqual([1]);
});

it('replicas are asked in time for the verdict, and soon enough for an operator whose grace is long', () => {
  expect(replicasAsked(silent(4_001), lostMs, now)).toBe(true);
  expect(replicasAsked(silent(3_999), lostMs, now)).toBe(false);
  expect(replicasAsked(silent(801), 1_200, now)).toBe(true);
  expect(replicasAsked(silent(4_001), 86_400_000, now)).toBe(true);
});
