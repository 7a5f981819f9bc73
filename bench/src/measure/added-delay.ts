import type { SeenDatagram } from './capture.js';
import { sipDatagram } from './sip-datagram.js';

/** Which answers end a round trip that somebody waits for. */
const roundTrips: ReadonlyMap<string, string> = new Map([
  ['INVITE', '180'],
  ['BYE', '200'],
]);

/** When a message came to the system first, and when it left it first. */
interface Passage {
  readonly key: string;
  inAtNanos?: number;
  outAtNanos?: number;
}

/**
 * The delay that a proxy at `port` has added to each round trip, in milliseconds: from a request's arrival to its departure, and from its
 * answer's arrival to its departure, together. Round trips are INVITE–180 and BYE–200; what the proxy answered itself isn't one.
 */
export function addedDelaysMs(datagrams: readonly SeenDatagram[], port: number): readonly number[] {
  const seen = passages(datagrams, port);
  const delays: number[] = [];
  for (const request of seen.values()) {
    const [method = '', statusCode] = request.key.split(' ');
    const answer = roundTrips.get(method);
    if (statusCode !== '' || answer === undefined) continue;
    const there = nanosOf(request);
    const back = nanosOf(seen.get(request.key.replace(`${method} `, `${method} ${answer}`)));
    if (there !== undefined && back !== undefined) delays.push((there + back) / 1e6);
  }
  return delays;
}

/** How long a server at `port` took to answer each REGISTER with 200, in milliseconds; what it has challenged isn't counted. */
export function registrationDelaysMs(datagrams: readonly SeenDatagram[], port: number): readonly number[] {
  const seen = passages(datagrams, port);
  return [...seen.values()].flatMap(({ key, inAtNanos }) => {
    if (!key.startsWith('REGISTER  ') || inAtNanos === undefined) return [];
    const answeredAtNanos = seen.get(key.replace('REGISTER ', 'REGISTER 200'))?.outAtNanos;
    return answeredAtNanos === undefined ? [] : [(answeredAtNanos - inAtNanos) / 1e6];
  });
}

/** By `<method> <status code> <Call-ID> <CSeq number>`. A retransmission is no passage of its own. */
function passages(datagrams: readonly SeenDatagram[], port: number): ReadonlyMap<string, Passage> {
  const seen = new Map<string, Passage>();
  for (const datagram of datagrams) {
    const message = sipDatagram(datagram);
    if (message === undefined) continue;
    const key = `${message.method} ${message.statusCode} ${message.callId} ${message.cseqNumber}`;
    const passage = seen.get(key) ?? { key };
    if (datagram.destinationPort === port) passage.inAtNanos ??= datagram.atNanos;
    else passage.outAtNanos ??= datagram.atNanos;
    seen.set(key, passage);
  }
  return seen;
}

function nanosOf(passage: Passage | undefined): number | undefined {
  if (passage?.inAtNanos === undefined || passage.outAtNanos === undefined) return undefined;
  return passage.outAtNanos - passage.inAtNanos;
}
