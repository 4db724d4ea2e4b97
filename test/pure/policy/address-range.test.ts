import { describe, expect, it } from 'vitest';
import { addressRangeRead, addressWithin } from '../../../src/policy/address-range.ts';

describe('an address range', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:db8::/32', '2001:db8::/32'],
    ['::1', '::1/128'],
  ])('%s is read', (text, read) => {
    expect(addressRangeRead(text)).toBe(read);
  });

  it.each([
    '',
    '/',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.1/8',
    '10.0.0/8',
    '010.0.0.0/8',
    '10.0.0.0/8/8',
    '::/129',
    '2001:db8::1/32',
    'any',
    '10.0.0.0 /8',
    'fe80::1%eth0',
  ])('%j is none', (text) => {
    expect(addressRangeRead(text)).toBeNull();
  });

  it('holds what it holds', () => {
    expect(addressWithin('10.255.0.1', ['192.168.0.0/16', '10.0.0.0/8'])).toBe(true);
    expect(addressWithin('::ffff:10.255.0.1', ['10.0.0.0/8'])).toBe(true);
    expect(addressWithin('2001:DB8:1::9', ['2001:db8::/32'])).toBe(true);
    expect(addressWithin('203.0.113.9', ['0.0.0.0/0'])).toBe(true);
  });

  it.each([
    ['11.0.0.1', ['10.0.0.0/8']],
    ['10.1.2.4', ['10.1.2.3/32']],
    ['2001:db9::1', ['2001:db8::/32']],
    ['::1', ['0.0.0.0/0']],
    ['1.2.3.4', ['::/0']],
    ['', ['0.0.0.0/0', '::/0']],
    ['nowhere', ['0.0.0.0/0']],
    ['10.0.0.1', []],
  ])('%s is not in %j', (address, ranges) => {
    expect(addressWithin(address, ranges)).toBe(false);
  });
});
