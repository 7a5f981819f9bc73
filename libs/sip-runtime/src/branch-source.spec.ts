import { describe, expect, it } from 'vitest';
import { BranchSource, branchOwner } from './branch-source.js';

const owner = { edge: 'edge-1', incarnation: 'k3f9' };

describe('BranchSource', () => {
  it('makes branches that are unique and name their maker', () => {
    const source = new BranchSource(owner);
    const branches = Array.from({ length: 10_000 }, () => source.next());
    expect(new Set(branches).size).toBe(branches.length);
    for (const branch of branches) {
      expect(branch).toMatch(/^z9hG4bKedge-1~k3f9~[0-9a-z]+$/);
      expect(source.made(branch)).toBe(true);
    }
    expect(branchOwner(branches[0] ?? '')).toEqual(owner);
  });

  it('is unique even where the random bytes are not', () => {
    const source = new BranchSource(owner, (pool) => pool.fill(0));
    expect(source.next()).not.toBe(source.next());
  });

  it('does not take the branches of others for its own', () => {
    const source = new BranchSource(owner);
    expect(source.made(new BranchSource({ ...owner, incarnation: 'other' }).next())).toBe(false);
    expect(source.made(new BranchSource({ ...owner, edge: 'edge-10' }).next())).toBe(false);
  });

  it('makes the same branch of the same branch, for retransmissions that are forwarded without a transaction', () => {
    const source = new BranchSource(owner);
    const branch = source.following('z9hG4bK776asdhds');
    expect(branch).toMatch(/^z9hG4bKedge-1~k3f9~[\w-]{16}$/);
    expect(source.following('z9hG4bK776asdhds')).toBe(branch);
    expect(source.following('z9hG4bK776asdhdt')).not.toBe(branch);
  });

  it('keeps the owner readable when a loop digest follows (RFC 5393)', () => {
    expect(branchOwner(`${new BranchSource(owner).next()}.2k3j4h`)).toEqual(owner);
  });

  it.each(['z9hG4bK776asdhds', 'z9hG4bKa~b', '1', '', 'z9hG4bK~~x', 'z9hG4bKa b~c~d'])(
    'finds no owner in %s',
    (branch) => {
      expect(branchOwner(branch)).toBeUndefined();
    },
  );

  it.each(['', 'edge.1', 'edge~1', 'edge 1', 'x'.repeat(33)])('refuses the name "%s"', (edge) => {
    expect(() => new BranchSource({ edge, incarnation: 'a' })).toThrow(/can't stand in a branch/);
  });

  it('makes tags of 48 bits', () => {
    const source = new BranchSource(owner);
    const tags = Array.from({ length: 2_000 }, () => source.nextTag());
    expect(new Set(tags).size).toBe(tags.length);
    for (const tag of tags) expect(tag).toMatch(/^[0-9a-f]{12}$/);
  });
});
