import { describe, expect, it } from 'vitest';
import { askedRange, parseInstant } from './time-range.js';

const at = Date.parse;
const now = at('2026-11-22T12:00:00Z');

describe('a range of time', () => {
  it.each([
    ['2026-11-22', '2026-11-22T00:00:00Z'],
    ['2026-11-22T08:00:00Z', '2026-11-22T08:00:00Z'],
    ['2026-11-22T08:00Z', '2026-11-22T08:00:00Z'],
    ['2026-11-22T08:00:00.250+01:00', '2026-11-22T07:00:00.250Z'],
  ])('reads %s', (text, time) => {
    expect(parseInstant(text)).toEqual({ ok: true, value: at(time) });
  });

  it.each(['', 'today', '2026-11-22T08:00:00', '2026-13-01', '22.11.2026', '1700000000', '2026-11-22 08:00:00Z'])(
    'does not read %s',
    (text) => {
      expect(parseInstant(text).ok).toBe(false);
    },
  );

  it.each([
    ['nothing', undefined, undefined, '2026-11-21T12:00:00Z', undefined],
    ['a start', '2026-11-01', undefined, '2026-11-01', undefined],
    ['an end', undefined, '2026-10-02', '2026-10-01', '2026-10-02'],
    ['a month', '2026-10-01', '2026-11-01', '2026-10-01', '2026-11-01'],
  ])('is, where one asks for %s, what that means', (_what, from, to, fromIs, toIs) => {
    const asked = { fromMs: from && at(from), toMs: to && at(to) } as never;
    expect(askedRange(asked, now)).toEqual({ ok: true, value: { fromMs: at(fromIs), toMs: toIs && at(toIs) } });
  });

  it.each([
    ['2026-11-02', '2026-11-01'],
    ['2026-11-01', '2026-11-01'],
    ['2026-09-01', '2026-11-01'],
    ['2026-10-01', undefined],
  ])('is not from %s to %s', (from, to) => {
    expect(askedRange({ fromMs: at(from), toMs: to === undefined ? undefined : at(to) }, now).ok).toBe(false);
  });
});
