import { expect, it } from 'vitest';
import { HEADER_NAMES, Header } from './header.js';
import { headerId } from './header-name-tree.js';

it.each(HEADER_NAMES.flatMap(([id, ...spellings]) => spellings.map((spelling) => [String(spelling), id] as const)))(
  'knows %s in any case, and neither a part of it nor more',
  (name, id) => {
    expect(headerId(name)).toBe(id);
    expect(headerId(name.toUpperCase())).toBe(id);
    expect(headerId(name.toLowerCase())).toBe(id);
    const names = new Set(HEADER_NAMES.flatMap(([, ...spellings]) => spellings.map((each) => each?.toLowerCase())));
    for (let length = 0; length < name.length; length++) {
      const part = name.slice(0, length);
      expect(headerId(part) === Header.Other).toBe(!names.has(part.toLowerCase()));
    }
    expect(headerId(`${name}-`)).toBe(Header.Other);
    expect(headerId(`${name}.`)).toBe(Header.Other);
    expect(headerId(`x${name}`)).toBe(Header.Other);
  },
);

it('fits its table', () => {
  const prefixes = new Set(
    HEADER_NAMES.flatMap(([, ...spellings]) =>
      spellings.flatMap((each = '') => [...each].map((_, at) => each.slice(0, at + 1).toLowerCase())),
    ),
  );
  // Rows are 16-bit indices into rows of 32.
  expect((prefixes.size + 2) * 32).toBeLessThan(0x1_0000);
});

it.each(['', ' ', 'Via ', 'V\u0131a', 'Vi\u00e4', 'Call ID', 'Call_ID', 'C%6Fntact', 'Via:', 'Unknown', '!'])(
  'does not know %j',
  (name) => {
    expect(headerId(name)).toBe(Header.Other);
  },
);
