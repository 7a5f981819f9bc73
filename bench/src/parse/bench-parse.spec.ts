import { expect, it } from 'vitest';
import { benchParse } from './bench-parse.js';
import { LIBRARIES } from './tested-parsers.js';

it('measures every library on both paths, over each part and the whole mix', { timeout: 60_000 }, async () => {
  const { rows, messages, refusals } = await benchParse({ seconds: 0.02, alternations: 1 });

  const cells = rows.map(({ library, path, part }) => `${library} ${path} ${part}`);
  const expected = LIBRARIES.flatMap((library) =>
    ['proxy', 'full'].flatMap((path) => ['mix', 'everyday', 'rfc4475'].map((part) => `${library} ${path} ${part}`)),
  );
  expect(cells.toSorted()).toEqual(expected.toSorted());
  for (const { messagesPerSecond, cpuUs, ratio } of rows) {
    expect(cpuUs.median).toBeGreaterThan(0);
    expect(messagesPerSecond.median).toBeCloseTo(1e6 / cpuUs.median);
    expect(ratio.median).toBeGreaterThan(0);
  }
  for (const { ratio } of rows.filter(({ library }) => library === 'ringdown')) {
    expect(ratio).toMatchObject({ median: 1, min: 1, max: 1 });
  }
  expect(messages.everyday).toHaveLength(4);
  // RFC 4475 has 13 valid messages; the sip package mangles an escaped method and an empty body.
  expect(refusals).toEqual({
    ringdown: [],
    jssip: [],
    'sip.js': [],
    sip: [
      { message: 'esc02', path: 'proxy', reason: 'another CSeq' },
      { message: 'dblreq', path: 'proxy', reason: 'another body' },
    ],
  });
  expect(messages.rfc4475).toHaveLength(11);
});
