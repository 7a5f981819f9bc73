import { describe, expect, it } from 'vitest';
import { isSubject, isSubjectPattern, requireSubject, requireSubjectPattern, subjectMatches } from './bus-subject.js';

function thrown(action: () => void): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return (error as Error).constructor;
  }
}

describe('subjectMatches', () => {
  it.each([
    ['a.b.c', 'a.b.c', true],
    ['a.b.c', 'a.b', false],
    ['a.b', 'a.b.c', false],
    ['a.*.c', 'a.b.c', true],
    ['a.*.c', 'a.b.d', false],
    ['a.*', 'a.b.c', false],
    ['*.*', 'a.b', true],
    ['a.>', 'a.b', true],
    ['a.>', 'a.b.c.d', true],
    ['a.>', 'a', false],
    ['>', 'a', true],
    ['>', 'a.b', true],
    ['a.*.>', 'a.b.c', true],
    ['a.*.>', 'a.b', false],
    ['a.bb', 'a.b', false],
  ])('%s takes %s: %s', (pattern, subject, matches) => {
    expect(subjectMatches(pattern, subject)).toBe(matches);
  });
});

describe('isSubject and isSubjectPattern', () => {
  it.each([
    ['a', true, true],
    ['ringdown.v1.demo.location.changed', true, true],
    ['a.*.c', false, true],
    ['a.>', false, true],
    ['>', false, true],
    ['a.>.b', false, false],
    ['a*.b', false, false],
    ['', false, false],
    ['.a', false, false],
    ['a..b', false, false],
    ['a.', false, false],
    ['a b', false, false],
    ['a\r\nPUB', false, false],
  ])('%j: subject %s, pattern %s', (text, subject, pattern) => {
    expect(isSubject(text)).toBe(subject);
    expect(isSubjectPattern(text)).toBe(pattern);
    expect(thrown(() => requireSubject(text))).toBe(subject ? undefined : TypeError);
    expect(thrown(() => requireSubjectPattern(text))).toBe(pattern ? undefined : TypeError);
  });
});
