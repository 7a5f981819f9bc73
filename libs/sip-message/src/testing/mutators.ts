/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

type Mutator = (text: string, corpus: readonly string[], random: () => number) => string;

const below = (random: () => number, limit: number): number => Math.floor(random() * limit);
const pick = <T>(random: () => number, of: readonly T[]): T => of[below(random, of.length)] as T;

function insert(text: string, at: number, what: string): string {
  return text.slice(0, at) + what + text.slice(at);
}

const NASTY = [
  '\0',
  '\r',
  '\n',
  '\r\n',
  '\r\n ',
  '\r\n\r\n',
  '"',
  '\\',
  '\\"',
  '<',
  '>',
  '<<',
  ',',
  ';',
  ';;',
  '=',
  '%',
  '%0',
  '%00',
  '@',
  ':',
  '[',
  ']',
  '[::',
  ':::',
  '\t',
  ' ',
  '\x7f',
  '\xff',
  '\xc3\xbc',
  '*',
  'z9hG4bK',
  ';tag=',
  ';branch=',
  'SIP/2.0',
];
const NUMBERS = [
  '-1',
  '0',
  '00000000000000000000000000000000000000001',
  '255',
  '256',
  '65536',
  '2147483648',
  '4294967296',
  '18446744073709551616',
  '1e309',
  '0x10',
  '9'.repeat(300),
  'NaN',
];

/** The first match at or after a random place, or undefined. */
function matchFrom(text: string, pattern: RegExp, random: () => number): RegExpExecArray | undefined {
  const search = new RegExp(pattern, 'g');
  search.lastIndex = below(random, text.length);
  return search.exec(text) ?? undefined;
}

const A_TOKEN = /[A-Za-z0-9.!%*_+`'~-]+/;
const A_NUMBER = /\d+/;
const A_DELIMITER = /["<>\\]/;

function replaceRange(text: string, start: number, end: number, what: string): string {
  return text.slice(0, start) + what + text.slice(end);
}

function changeLines(text: string, random: () => number, change: (lines: string[], at: number) => void): string {
  const lines = text.split('\r\n');
  change(lines, below(random, lines.length));
  return lines.join('\r\n');
}

/** Ways to spoil a message. Each is given a text and gives back another one. */
export const MUTATORS: readonly Mutator[] = [
  // Flips one bit.
  (text, _corpus, random) => {
    const at = below(random, text.length);
    return replaceRange(text, at, at + 1, String.fromCharCode((text.charCodeAt(at) || 0) ^ (1 << below(random, 8))));
  },
  // Truncates.
  (text, _corpus, random) => text.slice(0, below(random, text.length)),
  // Inserts what parsers stumble over.
  (text, _corpus, random) => insert(text, below(random, text.length), pick(random, NASTY)),
  // Repeats a nasty piece many times.
  (text, _corpus, random) =>
    insert(text, below(random, text.length), pick(random, NASTY).repeat(1 + below(random, 400))),
  // Doubles a line.
  (text, _corpus, random) => changeLines(text, random, (lines, at) => lines.splice(at, 0, lines[at] as string)),
  // Removes a line.
  (text, _corpus, random) => changeLines(text, random, (lines, at) => lines.splice(at, 1)),
  // Moves a line.
  (text, _corpus, random) =>
    changeLines(text, random, (lines, at) => lines.splice(below(random, lines.length), 0, ...lines.splice(at, 1))),
  // Folds a line somewhere.
  (text, _corpus, random) => insert(text, below(random, text.length), '\r\n '),
  // Takes a line of another message.
  (text, corpus, random) =>
    changeLines(text, random, (lines, at) => lines.splice(at, 0, pick(random, pick(random, corpus).split('\r\n')))),
  // Puts a token of another message in the place of one.
  (text, corpus, random) => {
    const mine = matchFrom(text, A_TOKEN, random);
    const other = matchFrom(pick(random, corpus), A_TOKEN, random);
    if (mine === undefined || other === undefined) return text;
    return replaceRange(text, mine.index, mine.index + mine[0].length, other[0]);
  },
  // Puts an impossible number in the place of a token.
  (text, _corpus, random) => {
    const number = matchFrom(text, A_NUMBER, random);
    if (number === undefined) return text;
    return replaceRange(text, number.index, number.index + number[0].length, pick(random, NUMBERS));
  },
  // Removes one quote or bracket.
  (text, _corpus, random) => {
    const delimiter = matchFrom(text, A_DELIMITER, random);
    if (delimiter === undefined) return text;
    return replaceRange(text, delimiter.index, delimiter.index + 1, '');
  },
  // Joins the halves of two messages.
  (text, corpus, random) => {
    const other = pick(random, corpus);
    return text.slice(0, below(random, text.length)) + other.slice(below(random, other.length));
  },
];

/** A message of the corpus, spoilt one to four times. */
export function mutate(corpus: readonly string[], random: () => number): string {
  let text = pick(random, corpus);
  const times = 1 + below(random, 4);
  for (let i = 0; i < times && text.length > 0; i++) text = pick(random, MUTATORS)(text, corpus, random);
  return text;
}
