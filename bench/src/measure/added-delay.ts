import type { SeenDatagram } from './capture.js';

/** Which answers end a round trip that somebody waits for. */
const roundTrips: ReadonlyMap<string, string> = new Map([
  ['INVITE', '180'],
  ['BYE', '200'],
]);

/** How long a message was inside of the system. */
interface Passage {
  inAtNanos?: number;
  outAtNanos?: number;
}

/**
 * The delay that a proxy at `port` has added to each round trip, in milliseconds: from a request's arrival to its departure, and from its
 * answer's arrival to its departure, together. Round trips are INVITE–180 and BYE–200; what the proxy answered itself isn't one.
 */
export function addedDelaysMs(datagrams: readonly SeenDatagram[], port: number): readonly number[] {
  const passages = new Map<string, Passage>();
  for (const { text, atNanos, destinationPort } of datagrams) {
    const message = /^(?:SIP\/2\.0 (\d{3}) |(\w+) )/.exec(text);
    const callId = /^(?:Call-ID|i)[ \t]*:[ \t]*(\S+)/im.exec(text)?.[1];
    const cseq = /^CSeq[ \t]*:[ \t]*(\d+)[ \t]+(\w+)/im.exec(text);
    if (message === null || callId === undefined || cseq === null) continue;
    const [, number = '', method = ''] = cseq;
    const key = `${callId} ${number} ${method} ${message[1] ?? ''}`;
    const passage = passages.get(key) ?? {};
    // A retransmission is no passage of its own.
    if (destinationPort === port) passage.inAtNanos ??= atNanos;
    else passage.outAtNanos ??= atNanos;
    passages.set(key, passage);
  }
  const delays: number[] = [];
  for (const [key, request] of passages) {
    const [callId = '', number = '', method = '', statusCode = ''] = key.split(' ');
    const answer = roundTrips.get(method);
    if (statusCode !== '' || answer === undefined) continue;
    const there = nanosOf(request);
    const back = nanosOf(passages.get(`${callId} ${number} ${method} ${answer}`));
    if (there !== undefined && back !== undefined) delays.push((there + back) / 1e6);
  }
  return delays;
}

function nanosOf(passage: Passage | undefined): number | undefined {
  if (passage?.inAtNanos === undefined || passage.outAtNanos === undefined) return undefined;
  return passage.outAtNanos - passage.inAtNanos;
}
