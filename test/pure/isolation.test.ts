import { describe, expect, it } from 'vitest';
import { isolationChoose } from '../../src/domain/isolation.ts';

describe('the isolation of a container', () => {
  it("is the tenant's default where none is asked for, and never below its floor", () => {
    expect(isolationChoose('default', { default: 'shared', floor: 'shared' })).toBe('shared');
    expect(isolationChoose('default', { default: 'sandboxed', floor: 'shared' })).toBe('sandboxed');
    expect(isolationChoose('default', { default: 'shared', floor: 'sandboxed' })).toBe('sandboxed');
  });

  it('is what is asked for, at the floor and above', () => {
    expect(isolationChoose('shared', { default: 'sandboxed', floor: 'shared' })).toBe('shared');
    expect(isolationChoose('sandboxed', { default: 'shared', floor: 'sandboxed' })).toBe('sandboxed');
    expect(isolationChoose('dedicated', { default: 'shared', floor: 'sandboxed' })).toBe('dedicated');
  });
});

describe('security', () => {
  it('below the floor is refused, naming the floor', () => {
    const below = () => isolationChoose('shared', { default: 'shared', floor: 'sandboxed' });
    expect(below).toThrow(
      expect.objectContaining({
        code: 'refused',
        message: expect.stringContaining('HostConfig.Isolation: shared is weaker than sandboxed'),
      }),
    );
  });
});
