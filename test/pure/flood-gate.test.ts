import { describe, expect, it } from 'vitest';
import { type AuditEntry, auditOutcome } from '../../src/domain/audit.ts';
import { floodGate } from '../../src/domain/flood-gate.ts';

const minute = 60_000;

function entry(change: Partial<AuditEntry> = {}): AuditEntry {
  const code = change.code === undefined ? 'refused' : change.code;
  return {
    ...{ tenantId: null, actorKind: 'stranger', actor: null, address: '192.0.2.1', action: 'authenticate' },
    ...{ targetKind: null, targetId: null, targetName: null, ...change },
    ...{ outcome: auditOutcome(code), code },
  };
}

describe('a flood of refusals', () => {
  it('is one line for the first and one for the rest of its minute', () => {
    const gate = floodGate();
    const lines = Array.from({ length: 1000 }, (_, i) => gate.pass(entry(), i)).filter((line) => line !== null);
    expect(lines).toMatchObject([{ count: 1, since: null }]);
    expect(gate.ended(minute - 1)).toEqual([]);
    expect(gate.ended(minute)).toMatchObject([{ count: 999, since: new Date(0), action: 'authenticate', code: 'refused' }]);
    expect(gate.counting()).toBe(false);
  });

  it('has a line again in the next minute, and its count before', () => {
    const gate = floodGate();
    for (const now of [0, 1, 2]) gate.pass(entry(), now);
    expect(gate.pass(entry(), minute)).toMatchObject({ count: 1 });
    expect(gate.ended(minute)).toMatchObject([{ count: 2 }]);
  });

  it('hides no other caller, action or reason', () => {
    const gate = floodGate();
    const others = [
      {},
      { address: '192.0.2.2' },
      { actor: 'a' },
      { action: 'POST /x' },
      { code: 'not_found' as const },
      { code: 'malformed' as const },
    ];
    for (const other of others) expect(gate.pass(entry(other), 0), JSON.stringify(other)).not.toBeNull();
  });

  it('by ever new callers keeps a bounded number of counts, and loses none', () => {
    const gate = floodGate();
    let noted = 0;
    for (let i = 0; i < 30_000; i++) {
      for (let twice = 0; twice < 2; twice++) noted += gate.pass(entry({ address: `2001:db8::${i}` }), i)?.count ?? 0;
    }
    noted += gate.ended(30_000, true).reduce((sum, { count }) => sum + count, 0);
    expect(noted).toBe(60_000);
  });
});

it('what is done is never counted together', () => {
  const gate = floodGate();
  for (let i = 0; i < 3; i++) expect(gate.pass(entry({ code: null }), 0)).toMatchObject({ count: 1, outcome: 'done' });
});
