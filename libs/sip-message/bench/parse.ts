/**
 * Cost of reading and forwarding a message, in microseconds of CPU (user and system, the collector's threads included). Build first, then run
 * `node libs/sip-message/bench/parse.ts [seconds per row]`.
 */
import { readFileSync } from 'node:fs';
import { buildResponse, edit, Header, parseMessage, type SipRequest, withReceived } from '@ringdown/sip-message';

const SECONDS = Number(process.argv[2] ?? 2);

const INVITE = readFileSync(new URL('../fixtures/invite.txt', import.meta.url), 'latin1');
const TORTURE = readFileSync(new URL('../fixtures/torture/rfc4475/longreq.dat', import.meta.url), 'latin1');
const VIA = 'SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK-r1-0000000000000001;rport';
const out = Buffer.allocUnsafe(65_536);

/** Each datagram is a string of its own, as from a socket: sharing one would let the engine keep its hash and shape. */
function datagram(bytes: Buffer): string {
  return bytes.toString('latin1');
}

function request(raw: string): SipRequest {
  const message = parseMessage(raw);
  if (message.kind !== 'request') throw new Error('The benchmark message is no request');
  return message;
}

function forward(message: SipRequest): string {
  return edit(message)
    .prepend(Header.Via, VIA)
    .replace(Header.MaxForwards, String((message.maxForwards ?? 70) - 1))
    .toString();
}

let sink = 0;
const invite = Buffer.from(INVITE, 'latin1');
const longreq = Buffer.from(TORTURE, 'latin1');
const rows: readonly (readonly [name: string, run: () => void])[] = [
  ['latin1 string from bytes only', () => void (sink += datagram(invite).length)],
  ['parse', () => void (sink += request(datagram(invite)).callId.length)],
  [
    'parse, read, forward, write to a send buffer',
    () => {
      const message = request(datagram(invite));
      if (message.has(Header.ProxyRequire) || message.maxForwards === 0) throw new Error('unreachable');
      sink += message.requestUri.length + (message.topmostVia.branch?.length ?? 0) + message.method.length;
      sink += message.value(Header.Route)?.length ?? 0;
      sink += out.write(forward(message), 0, 'latin1');
    },
  ],
  [
    'the same with received and rport filled in',
    () => {
      const message = withReceived(request(datagram(invite)), '192.0.2.77', 40_012);
      sink += message.value(Header.Route)?.length ?? 0;
      sink += out.write(forward(message), 0, 'latin1');
    },
  ],
  ['parse, answer 100', () => void (sink += out.write(buildResponse(request(datagram(invite)), 100), 0, 'latin1'))],
  ['parse longreq (34 Via lines, 3.5 KB)', () => void (sink += request(datagram(longreq)).callId.length)],
];

for (const [name, run] of rows) {
  for (let i = 0; i < 20_000; i++) run();
  let count = 0;
  const until = performance.now() + SECONDS * 1000;
  const before = process.cpuUsage();
  while (performance.now() < until) {
    for (let i = 0; i < 1000; i++) run();
    count += 1000;
  }
  const { user, system } = process.cpuUsage(before);
  const us = (user + system) / count;
  process.stdout.write(
    `${us.toFixed(2).padStart(7)} µs ${Math.round(1e6 / us)
      .toString()
      .padStart(9)}/s  ${name}\n`,
  );
}
if (sink < 0) process.stdout.write(`${sink}\n`);
