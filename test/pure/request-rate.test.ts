import { describe, expect, it } from 'vitest';
import { quotaDefaults } from '../../src/domain/quota.ts';
import { RateLimited, tenantTraffic } from '../../src/domain/request-rate.ts';

const quota = { ...quotaDefaults, requestsPerSecond: 10, streams: 2 };

function passed(traffic: ReturnType<typeof tenantTraffic>, tenant: string, tries: number): number {
  let count = 0;
  for (let i = 0; i < tries; i++) {
    try {
      traffic.request(tenant, quota);
      count++;
    } catch {}
  }
  return count;
}

describe('the traffic of a tenant', () => {
  it('passes a burst of two seconds, then its rate', () => {
    let now = 0;
    const traffic = tenantTraffic(() => now);
    expect(passed(traffic, 'a', 100)).toBe(20);
    now += 500;
    expect(passed(traffic, 'a', 100)).toBe(5);
    now += 3600_000;
    expect(passed(traffic, 'a', 100)).toBe(20);
  });

  it('takes nothing from another tenant', () => {
    const traffic = tenantTraffic(() => 0);
    passed(traffic, 'a', 1000);
    expect(passed(traffic, 'b', 5)).toBe(5);
  });

  it('tells with each request how many more would pass now, of the share that is promised', () => {
    let now = 0;
    const traffic = tenantTraffic(() => now);
    const told = () => traffic.request('a', quota);
    expect(told()).toEqual({ RateLimit: '"tenant";r=10;t=1', 'RateLimit-Policy': '"tenant";q=10;w=1' });
    passed(traffic, 'a', 12);
    expect(told().RateLimit).toBe('"tenant";r=6;t=1');
    passed(traffic, 'a', 5);
    expect(told().RateLimit).toBe('"tenant";r=0;t=1');
    now += 250;
    expect(told().RateLimit).toBe('"tenant";r=1;t=1');
  });

  it('tells when to come again', () => {
    const traffic = tenantTraffic(() => 0);
    passed(traffic, 'a', 20);
    try {
      traffic.request('a', quota);
      expect.fail('passed');
    } catch (error) {
      expect((error as RateLimited).headers).toEqual({
        'Retry-After': '1',
        RateLimit: '"tenant";r=0;t=1',
        'RateLimit-Policy': '"tenant";q=10;w=1',
      });
    }
  });

  it('has so many calls open and no more, and an end counts once', () => {
    const traffic = tenantTraffic();
    const [first] = [traffic.open('a', quota), traffic.open('a', quota)];
    expect(() => traffic.open('a', quota)).toThrow(RateLimited);
    traffic.open('b', quota);
    first();
    first();
    expect(traffic.opened('a')).toBe(1);
    traffic.open('a', quota);
    expect(() => traffic.open('a', quota)).toThrow('2 calls and streams open');
  });
});
