import { describe, expect, it } from 'vitest';
import { isolationFilter } from '../../../src/scheduler/filters/isolation.ts';
import { wallsFilter } from '../../../src/scheduler/filters/walls.ts';
import type { HostSnapshot, PlacementRequest } from '../../../src/scheduler/types.ts';

const host = (values: Partial<HostSnapshot>) => ({ walled: false, tenants: [], runtimes: ['runc'], ...values }) as unknown as HostSnapshot;
const request = (values: Partial<PlacementRequest>) => ({ tenantId: 'red', isolation: 'shared', ...values }) as PlacementRequest;

describe('a host serves', () => {
  it('every tenant once its walls are verified', () => {
    expect(wallsFilter(host({ walled: true }), request({}))).toBeNull();
  });

  it('whom the operator puts there, verified or not', () => {
    expect(wallsFilter(host({ tenants: ['red'] }), request({}))).toBeNull();
    expect(wallsFilter(host({ tenants: ['*'] }), request({}))).toBeNull();
  });

  it('sandboxed containers where its engine has the runtime', () => {
    expect(isolationFilter(host({ runtimes: ['runc', 'runsc'] }), request({ isolation: 'sandboxed' }))).toBeNull();
  });
});

describe('security', () => {
  it('nobody else while its walls are not verified', () => {
    expect(wallsFilter(host({}), request({}))).toBe('not yet known to keep tenants apart');
    expect(wallsFilter(host({ tenants: ['blue'] }), request({}))).not.toBeNull();
  });

  it('no sandboxed container without the runtime', () => {
    expect(isolationFilter(host({}), request({ isolation: 'sandboxed' }))).toBe('without the runtime for sandboxed containers');
  });
});
