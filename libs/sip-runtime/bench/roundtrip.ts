// CPU per OPTIONS round trip over loopback UDP: a stack that asks and one that answers, each a process of its own, over each kind of
// UDP port.
// And, for the floor, what answering costs through node:dgram and nothing else.
// Run after a build: node libs/sip-runtime/bench/roundtrip.ts [round trips]
import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { buildRequest, Header } from '@ringdown/sip-message';
import { type BatchedUdpPortOptions, openUdpPort } from '@ringdown/sip-transport';
import { BranchSource, SipStack, type TransactionUser } from '../dist/index.js';

const roundTrips = Number(process.argv[2] ?? 200_000);
const atOnce = 32;
const warmUp = 20_000;

interface Figures {
  readonly cpuMs: number;
  readonly roundTrips: number;
}

function ignore(): void {}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const silent: TransactionUser = {
  onRequest: ignore,
  onCancel: ignore,
  onAck: ignore,
  onResponse: ignore,
  onStrayResponse: ignore,
  onTimeout: ignore,
  onTransportError: ignore,
  onTerminated: ignore,
};

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

/** Which port carries it: node:dgram, or batches with a wait of so many milliseconds. */
async function openPort(wire: string, events: BatchedUdpPortOptions['events']) {
  const options = { host: '127.0.0.1', port: 0, events };
  if (wire === 'dgram') return (await openUdpPort(options, 'dgram')).port;
  return (await openUdpPort({ ...options, gatherMs: Number(wire) }, 'batched')).port;
}

async function answer(wire: string): Promise<void> {
  let answered = 0;
  let since = process.cpuUsage();
  const stack = new SipStack({
    user: (self) => ({
      ...silent,
      onRequest: (transaction) => {
        answered += 1;
        if (answered === warmUp) since = process.cpuUsage();
        self.reply(transaction, 200);
      },
    }),
    branches: new BranchSource({ edge: 'answering', incarnation: 'bench' }),
  });
  const port = await openPort(wire, stack.events);
  stack.addPort('UDP', port);
  process.on('message', () => {
    process.send?.({ cpuMs: cpuMs(since), roundTrips: answered - warmUp } satisfies Figures);
    stack.close();
    void port.close().then(() => process.disconnect());
  });
  process.send?.(port.address.port);
}

/** Turns the request into a response by its first line alone. */
function echo(): void {
  let answered = 0;
  let since = process.cpuUsage();
  const socket = createSocket({ type: 'udp4', lookup: (host, _options, found) => found(null, host, 4) });
  socket.on('message', (bytes, { port, address }) => {
    answered += 1;
    if (answered === warmUp) since = process.cpuUsage();
    const raw = bytes.toString('latin1');
    socket.send(Buffer.from(`SIP/2.0 200 OK${raw.slice(raw.indexOf('\r\n'))}`, 'latin1'), port, address);
  });
  process.on('message', () => {
    process.send?.({ cpuMs: cpuMs(since), roundTrips: answered - warmUp } satisfies Figures);
    socket.close();
    process.disconnect();
  });
  socket.on('listening', () => process.send?.(socket.address().port));
  socket.bind(0, '127.0.0.1');
}

function request(via: string, callId: string): string {
  return buildRequest({
    method: 'OPTIONS',
    requestUri: 'sip:bob@example.com',
    headers: [
      [Header.Via, via],
      [Header.MaxForwards, '70'],
      [Header.From, '"Alice" <sip:alice@example.com>;tag=1928301774'],
      [Header.To, '"Bob" <sip:bob@example.com>'],
      [Header.CallId, callId],
      [Header.CSeq, '63104 OPTIONS'],
      [Header.Contact, '<sip:alice@pc33.example.com>'],
      [Header.Accept, 'application/sdp'],
      [Header.Allow, 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY'],
      [Header.UserAgent, 'a phone of ordinary length/1.2.3'],
    ],
  });
}

async function ask(
  remotePort: number,
  wire: string,
): Promise<Figures & { readonly seconds: number; readonly timeouts: number }> {
  let sent = 0;
  let answered = 0;
  let timeouts = 0;
  let since = process.cpuUsage();
  let began = performance.now();
  let finish: () => void = ignore;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const next = (): void => {
    if (sent >= roundTrips + warmUp) return;
    sent += 1;
    const flow = port.flowTo({ host: '127.0.0.1', port: remotePort });
    const via = stack.sentBy.via(flow, stack.branches.next());
    stack.sendRequest(request(via, `call-${sent}@192.0.2.1`), flow);
  };
  const done = (): void => {
    answered += 1;
    if (answered === warmUp) {
      since = process.cpuUsage();
      began = performance.now();
    }
    if (answered === roundTrips + warmUp) finish();
    else next();
  };
  const stack = new SipStack({
    user: () => ({
      ...silent,
      onResponse: done,
      onTimeout: () => {
        timeouts += 1;
        done();
      },
    }),
    branches: new BranchSource({ edge: 'asking', incarnation: 'bench' }),
  });
  const port = await openPort(wire, stack.events);
  stack.addPort('UDP', port);
  for (let i = 0; i < atOnce; i++) next();
  await finished;
  const figures = { cpuMs: cpuMs(since), roundTrips, seconds: (performance.now() - began) / 1_000, timeouts };
  stack.close();
  await port.close();
  return figures;
}

function perRoundTrip({ cpuMs: ms, roundTrips: count }: Figures): string {
  return `${((ms * 1_000) / count).toFixed(1)} µs`;
}

async function measure(name: string, how: 'answer' | 'echo', wire: string): Promise<void> {
  const answering = fork(import.meta.filename, [how, wire]);
  const remotePort = await new Promise<number>((resolve) => answering.once('message', (port) => resolve(Number(port))));
  const asked = await ask(remotePort, wire);
  const answered = await new Promise<Figures>((resolve) => {
    answering.once('message', (figures) => resolve(figures as Figures));
    answering.send('report');
  });
  const rate = Math.round(roundTrips / asked.seconds);
  print(`${name}: asking ${perRoundTrip(asked)}, answering ${perRoundTrip(answered)} of CPU, ${rate} a second`);
  if (asked.timeouts > 0) print(`${asked.timeouts} timed out`);
}

if (process.argv[2] === 'answer') {
  await answer(process.argv[3] ?? '');
} else if (process.argv[2] === 'echo') {
  echo();
} else {
  print(`${roundTrips} round trips, ${atOnce} at once`);
  await measure('a stack answers, over node:dgram', 'answer', 'dgram');
  await measure('a stack answers, batched', 'answer', '0');
  await measure('a stack answers, batched, gathering 1 ms', 'answer', '1');
  await measure('node:dgram answers', 'echo', 'dgram');
}
