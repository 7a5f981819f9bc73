import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { assert, property, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import {
  buildResponse,
  edit,
  Header,
  type HeaderId,
  parseAddressList,
  parseContacts,
  parseMessage,
  parseUri,
  type SipMessage,
  StreamFramer,
  withReceived,
} from './index.js';
import { mutate, seededRandom } from './testing/mutators.js';

const MESSAGES = Number(process.env['FUZZ_MESSAGES'] ?? 50_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 0x1_0000_0000);
/** Far above what any message of this size takes, far below what a runaway scan would. */
const SLOWEST_MS = 100;
/** What the heap may differ by between two collections: the engine's own compiled code and caches. */
const HEAP_SLACK_BYTES = 8_000_000;
const LISTS: readonly HeaderId[] = [Header.Via, Header.Accept, Header.Supported, Header.Require, Header.Warning];
const ADDRESSES: readonly HeaderId[] = [Header.Route, Header.RecordRoute, Header.Contact];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function corpus(): string[] {
  const root = new URL('../fixtures/', import.meta.url);
  const files = ['torture/rfc4475/', 'torture/rfc5118/'].flatMap((folder) =>
    readdirSync(new URL(folder, root)).map((file) => folder + file),
  );
  return [...files, 'invite.txt'].map((file) => readFileSync(new URL(file, root), 'latin1'));
}

/** Reads everything a caller may ask a message for, and checks what must hold for every message that was accepted. */
function exercise(raw: string): void {
  const message = parseMessage(raw);
  if (message.kind === 'failure') {
    if (message.offset < 0 || message.offset > raw.length) throw new Error(`offset ${message.offset} is outside`);
    if (message.partial === undefined) return;
    const answer = buildResponse(message.partial, message.statusCode, { toTag: 't', reasonPhrase: message.reason });
    assertLinesAreWhole(answer.slice(0, -4));
    return;
  }
  for (const { id, value } of message.headers()) {
    assertLinesAreWhole(value);
    if (id !== Header.Other && message.value(id) === undefined) throw new Error('a header is there and is not found');
  }
  for (const id of LISTS) message.list(id);
  for (const id of ADDRESSES) parseAddressList(message, id);
  message.from.params.entries();
  if (message.to.displayName?.includes('\r') === true) throw new Error('a fold got through');
  message.topmostVia.params.entries();
  const contacts = parseContacts(message);
  if (contacts !== '*' && !('code' in contacts)) for (const contact of contacts) parseUri(contact.uri);
  parseUri(message.from.uri);
  assertSame(message, edit(message).toString());
  edit(message)
    .removeTopmost(Header.Via)
    .replaceTopmost(Header.Route, '<sip:x;lr>')
    .prepend(Header.Via, 'x')
    .toString();
  if (message.kind === 'response') return;
  if (parseUri(message.requestUri).kind === 'failure') throw new Error('accepted a malformed Request-URI');
  const answer = parseMessage(buildResponse(message, 200, { toTag: 't' }));
  if (answer.kind !== 'response') throw new Error(`the answer can't be read: ${JSON.stringify(answer)}`);
  const stamped = withReceived(message, '192.0.2.77', 5062);
  assertSame(stamped, stamped.raw);
}

function assertLinesAreWhole(text: string): void {
  if (/\r(?!\n)|(?<!\r)\n/.test(text)) throw new Error('a lone CR or LF got through');
}

/** The text reads back as the same message. */
function assertSame(message: SipMessage, text: string): void {
  const again = parseMessage(text);
  if (again.kind === 'failure') throw new Error(`what was accepted is refused when written: ${again.reason}`);
  const same =
    again.callId === message.callId &&
    again.cseq.number === message.cseq.number &&
    again.cseq.method === message.cseq.method &&
    again.fromTag === message.fromTag &&
    again.toTag === message.toTag &&
    again.topmostVia.branch === message.topmostVia.branch &&
    again.body === message.body;
  if (!same) throw new Error('what was accepted reads back differently');
}

function frameAll(raw: string, random: () => number): void {
  const framer = new StreamFramer({ maxMessageBytes: 65_536 });
  const bytes = Buffer.from(raw, 'latin1');
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + Math.floor(random() * bytes.length);
    framer.push(bytes.subarray(at, at + size));
    at += size;
    for (let left = bytes.length + 1; ; left--) {
      const { kind } = framer.next();
      if (kind === 'incomplete' || kind === 'error') break;
      if (left === 0) throw new Error('the framer does not come to an end');
    }
  }
  framer.end();
}

function milliseconds(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** Runs one message; the failure names the seed and holds the message. */
function runOne(raw: string, random: () => number, index: number): void {
  const describeFailure = (what: string): string =>
    `FUZZ_SEED=${SEED}, message ${index}: ${what}\nbase64: ${Buffer.from(raw, 'latin1').toString('base64')}`;
  try {
    const run = (): void => exercise(raw);
    // A pause of the machine or the collector is not the message's fault: it must be slow each time.
    if (
      milliseconds(run) > SLOWEST_MS &&
      Math.min(milliseconds(run), milliseconds(run), milliseconds(run)) > SLOWEST_MS
    ) {
      throw new Error(`took more than ${SLOWEST_MS} ms`);
    }
    frameAll(raw, random);
  } catch (error) {
    throw new Error(describeFailure(String(error)), { cause: error });
  }
}

it(
  `${MESSAGES} mutated messages (seed ${SEED}): none throws, none is slow, memory stays flat`,
  () => {
    const messages = corpus();
    const random = seededRandom(SEED);
    const warmUp = Math.min(20_000, Math.floor(MESSAGES / 2));
    let accepted = 0;
    let heapBytes = 0;
    for (let i = 0; i < MESSAGES; i++) {
      if (i === warmUp) {
        collectGarbage();
        heapBytes = process.memoryUsage().heapUsed;
      }
      const raw = mutate(messages, random);
      runOne(raw, random, i);
      if (parseMessage(raw).kind !== 'failure') accepted++;
    }
    collectGarbage();
    expect(process.memoryUsage().heapUsed - heapBytes).toBeLessThan(HEAP_SLACK_BYTES);
    // Mutations that are all refused, or all accepted, would test nothing.
    expect(accepted).toBeGreaterThan(MESSAGES / 20);
    expect(accepted).toBeLessThan(MESSAGES * 0.95);
  },
  60_000 + MESSAGES,
);

it('arbitrary bytes', () => {
  assert(
    property(uint8Array({ maxLength: 400 }), (bytes) => {
      const raw = Buffer.from(bytes).toString('latin1');
      exercise(raw);
      exercise(`OPTIONS sip:h SIP/2.0\r\n${raw}`);
    }),
    { numRuns: 3000 },
  );
});

it('the same seed gives the same messages', () => {
  const messages = corpus();
  const series = (): string[] => {
    const random = seededRandom(7);
    return Array.from({ length: 100 }, () => mutate(messages, random));
  };
  expect(series()).toEqual(series());
});

it.each([
  ['blanks before a fold', (n: number) => `X: ${' '.repeat(n)}a\r\n ${' '.repeat(n)}b`],
  ['many folds', (n: number) => `X: ${'a\r\n '.repeat(n / 4)}b`],
  ['unclosed quotes', (n: number) => `Route: ${'"'.repeat(n)}`],
  ['unclosed brackets', (n: number) => `Route: ${'<'.repeat(n)}`],
  ['escaped quotes', (n: number) => `Route: "${'\\"'.repeat(n / 2)}`],
  ['commas', (n: number) => `Contact: ${','.repeat(n)}`],
  ['parameters', (n: number) => `Contact: <sip:a@h>${';a=b'.repeat(n / 4)}`],
  ['quoted elements', (n: number) => `Contact: ${'"a"<sip:b>,'.repeat(n / 11)}<sip:c>`],
  ['Via parameters', (n: number) => `Via: SIP/2.0/UDP h${';a'.repeat(n / 2)}`],
  ['header lines', (n: number) => 'X:\r\n'.repeat(n / 4).slice(0, -2)],
  ['labels of a host', (n: number) => `Contact: <sip:${'a.'.repeat(n / 2)}>`],
  ['percent signs', (n: number) => `Contact: <sip:${'%41'.repeat(n / 3)}@h>`],
])('a message full of %s takes time in proportion to its size', (_what, line) => {
  const raw = (n: number): string =>
    `OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n${line(n)}\r\n\r\n`;
  expect(parseMessage(raw(100)).kind).toBe('request');
  exercise(raw(64_000));
  expect(Math.min(...[1, 2, 3].map(() => milliseconds(() => exercise(raw(64_000)))))).toBeLessThan(250);
});
