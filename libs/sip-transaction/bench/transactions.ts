// What the transaction layer costs on a proxied call, without parsing and without sockets, and what its wheel costs.
// Build first (tsc -b libs/sip-transaction), then: node libs/sip-transaction/bench/transactions.ts [calls a round]
import { buildResponse, edit, Header, parseMessage, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import {
  type Expirable,
  type ServerTransaction,
  TimerWheel,
  type TransactionEffect,
  TransactionLayer,
} from '@ringdown/sip-transaction';

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

interface Flow {
  readonly reliable: boolean;
}

interface Call {
  readonly invite: SipRequest;
  readonly forwardedInvite: SipRequest;
  readonly responses: readonly { readonly received: SipResponse; readonly forwarded: string }[];
  readonly ack: SipRequest;
  readonly bye: SipRequest;
  readonly forwardedBye: SipRequest;
  readonly byeAnswer: { readonly received: SipResponse; readonly forwarded: string };
  readonly trying: string;
}

const CALLS = Number(process.argv[2] ?? 20_000);
const ROUNDS = 8;
/** Simulated: a thousand calls a second, so that every timer of a call also fires or is carried along. */
const CALL_INTERVAL_MS = 1;

function parsed<K extends 'request' | 'response'>(
  raw: string,
  kind: K,
): K extends 'request' ? SipRequest : SipResponse {
  const message = parseMessage(raw);
  if (message.kind !== kind) throw new Error(raw);
  return message as K extends 'request' ? SipRequest : SipResponse;
}

function requestText(method: string, cseq: number, branch: string, id: string, toTag: string): string {
  return [
    `${method} sip:bob@192.0.2.4:5070 SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK${branch}`,
    'Max-Forwards: 70',
    `From: "Alice" <sip:alice@example.com>;tag=a${id}`,
    `To: "Bob" <sip:bob@example.com>${toTag}`,
    `Call-ID: ${id}@192.0.2.1`,
    `CSeq: ${cseq} ${method}`,
    'Contact: <sip:alice@192.0.2.1:5060>',
    'User-Agent: bench',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

function forward(request: SipRequest, branch: string): SipRequest {
  return parsed(
    edit(request).prepend(Header.Via, `SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK${branch}`).toString(),
    'request',
  );
}

function answer(request: SipRequest, statusCode: number): { received: SipResponse; forwarded: string } {
  const received = parsed(buildResponse(request, statusCode, { toTag: 'b' }), 'response');
  return { received, forwarded: edit(received).removeTopmost(Header.Via).toString() };
}

function prepare(round: number): Call[] {
  return Array.from({ length: CALLS }, (_, index) => {
    const id = `${round}-${index}`;
    const invite = parsed(requestText('INVITE', 1, `i${id}`, id, ''), 'request');
    const forwardedInvite = forward(invite, `pi${id}`);
    const bye = parsed(requestText('BYE', 2, `b${id}`, id, ';tag=b'), 'request');
    const forwardedBye = forward(bye, `pb${id}`);
    return {
      invite,
      forwardedInvite,
      responses: [answer(forwardedInvite, 180), answer(forwardedInvite, 200)],
      ack: parsed(requestText('ACK', 1, `a${id}`, id, ';tag=b'), 'request'),
      bye,
      forwardedBye,
      byeAnswer: answer(forwardedBye, 200),
      trying: buildResponse(invite, 100),
    };
  });
}

const wheel = new TimerWheel(0);
const effects: TransactionEffect<Flow>[] = [];
const layer = new TransactionLayer<Flow>({ wheel, effects });
const caller: Flow = { reliable: false };
const callee: Flow = { reliable: false };
let now = 0;
let sent = 0;

/** The new server transaction, if there is one; what is sent is only counted. */
function drain(): ServerTransaction<Flow> | undefined {
  let begun: ServerTransaction<Flow> | undefined;
  for (const effect of effects) {
    if (effect.type === 'send') sent++;
    else if (effect.type === 'request') begun = effect.transaction;
  }
  effects.length = 0;
  return begun;
}

function begin(request: SipRequest): ServerTransaction<Flow> {
  layer.receive(now, request, caller);
  const transaction = drain();
  if (transaction === undefined) throw new Error('a retransmission in the bench');
  return transaction;
}

function run(calls: readonly Call[]): void {
  for (const call of calls) {
    now += CALL_INTERVAL_MS;
    wheel.advance(now);
    drain();
    const invite = begin(call.invite);
    layer.respond(now, invite, 100, call.trying);
    layer.startClient(now, call.forwardedInvite, callee, invite);
    drain();
    for (const { received, forwarded } of call.responses) {
      layer.receive(now, received, callee);
      layer.respond(now, invite, received.statusCode, forwarded);
      drain();
    }
    layer.receive(now, call.ack, caller);
    drain();
    const bye = begin(call.bye);
    layer.startClient(now, call.forwardedBye, callee, bye);
    drain();
    layer.receive(now, call.byeAnswer.received, callee);
    layer.respond(now, bye, 200, call.byeAnswer.forwarded);
    drain();
  }
}

function measureCalls(): void {
  const perCallUs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const calls = prepare(round);
    const start = process.cpuUsage();
    run(calls);
    const { user, system } = process.cpuUsage(start);
    perCallUs.push((user + system) / CALLS);
  }
  const live = layer.size;
  now += 100_000;
  wheel.advance(now);
  drain();
  const median = perCallUs.toSorted((a, b) => a - b)[ROUNDS >> 1] as number;
  print(
    `a call (INVITE 100 180 200 ACK BYE 200, server and client machines): ${median.toFixed(2)} µs CPU; rounds ${perCallUs.map((us) => us.toFixed(2)).join(' ')}`,
  );
  print(
    `live at the end ${JSON.stringify(live)}, left after the last timer ${JSON.stringify(layer.size)}, ${wheel.size} timers; ${sent} sent`,
  );
}

class Counter implements Expirable {
  fired = 0;
  expire(): void {
    this.fired++;
  }
}

function measureWheel(): void {
  const counter = new Counter();
  const operations = 5_000_000;
  const delays = [500, 32_000, 200, 5000, 3500, 181_000];
  for (const live of [0, 200_000]) {
    const timers = new TimerWheel(0);
    for (let index = 0; index < live; index++) timers.schedule(0, 1 + ((index * 7919) % 32_000), counter, 0);
    for (let round = 0; round < 2; round++) {
      const start = process.hrtime.bigint();
      for (let index = 0; index < operations; index++)
        timers.cancel(timers.schedule(0, delays[index % delays.length] as number, counter, 1));
      const ns = Number(process.hrtime.bigint() - start) / operations;
      if (round === 1) print(`schedule + cancel beside ${live} timers: ${ns.toFixed(1)} ns`);
    }
  }
  const timers = new TimerWheel(0);
  const start = process.hrtime.bigint();
  const count = 2_000_000;
  for (let index = 0; index < count; index++) {
    timers.schedule(index / 100, delays[index % delays.length] as number, counter, 1);
    if (index % 100 === 0) timers.advance(index / 100);
  }
  timers.advance(count);
  const ns = Number(process.hrtime.bigint() - start) / count;
  print(`schedule + fire at 100 timers a millisecond: ${ns.toFixed(1)} ns (${timers.size} left)`);
}

measureCalls();
measureWheel();
