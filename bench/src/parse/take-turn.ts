import { MESSAGE_MIX } from './message-mix.js';
import type { TestedParser } from './tested-parser.js';
import type { Turn, TurnResult } from './turn.js';

/** Passes over the messages between two looks at the clock. */
const PASSES = 8;

const sendBuffer = Buffer.allocUnsafe(65_536);

/** Works through the turn's messages until its time is up. */
export function takeTurn(parser: TestedParser, { path, part, leftOut, seconds }: Turn): TurnResult {
  const datagrams = MESSAGE_MIX.filter((message) => message.part === part && !leftOut.includes(message.name)).map(
    ({ bytes }) => bytes,
  );
  const work = path === 'proxy' ? forwardAndWrite : structureAll;
  let messages = 0;
  const until = performance.now() + seconds * 1_000;
  const before = process.cpuUsage();
  do {
    for (let pass = 0; pass < PASSES; pass++) work(parser, datagrams);
    messages += PASSES * datagrams.length;
  } while (performance.now() < until);
  const { user, system } = process.cpuUsage(before);
  return { messages, cpuUs: user + system };
}

/** A string of its own for each datagram, as from a socket; and written, since spliced text is laid out only then. */
function forwardAndWrite(parser: TestedParser, datagrams: readonly Buffer[]): void {
  for (const datagram of datagrams) {
    const forwarded = parser.forward(datagram.toString('latin1'));
    if (forwarded === undefined) throw new Error('a message was refused that had been accepted before');
    sendBuffer.write(forwarded, 'latin1');
  }
}

function structureAll(parser: TestedParser, datagrams: readonly Buffer[]): void {
  for (const datagram of datagrams) {
    const structured = parser.structure(datagram.toString('latin1'));
    if (structured === undefined) throw new Error('a message was refused that had been accepted before');
  }
}
