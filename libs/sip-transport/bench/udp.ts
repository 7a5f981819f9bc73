// CPU per datagram of a process that echoes datagrams of 600 bytes over each kind of UDP port, at several rates. A second process
// sends at random moments (a Poisson process, as many callers together are) and takes the time of each echo.
// Run after a build: node libs/sip-transport/bench/udp.ts [rates a second, e.g. 1000,10000] [rounds] [seconds]
import { type ChildProcess, fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { openUdpPort, type UdpChoice } from '../dist/index.js';

const [rates = '500,2000,5000,10000,20000,40000', rounds = '3', seconds = '2'] = process.argv.slice(2);
const datagramBytes = 600;
const warmUpMs = 500;
const senders = 50;

interface Variant {
  readonly name: string;
  readonly choice: UdpChoice;
  readonly gatherMs: number;
}

const variants: readonly Variant[] = [
  { name: 'dgram', choice: 'dgram', gatherMs: 0 },
  { name: 'batched', choice: 'batched', gatherMs: 0 },
  { name: 'batched, gathering 1 ms', choice: 'batched', gatherMs: 1 },
  { name: 'batched, gathering 3 ms', choice: 'batched', gatherMs: 3 },
];

interface EchoReport {
  readonly cpuUs: number;
  readonly received: number;
  readonly wakeUps: number;
}

interface SendReport {
  readonly sent: number;
  readonly echoed: number;
  readonly medianUs: number;
  readonly p99Us: number;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function echo(choice: UdpChoice, gatherMs: number): Promise<void> {
  const { port } = await openUdpPort(
    {
      host: '127.0.0.1',
      port: 0,
      gatherMs,
      events: { message: (raw, flow) => void flow.send(raw), malformed() {}, flowClosed() {}, sendFailed() {} },
    },
    choice,
  );
  let since = process.cpuUsage();
  let before = 0;
  let wakeUpsBefore = 0;
  process.on('message', (order) => {
    if (order === 'begin') {
      since = process.cpuUsage();
      before = port.counters.received;
      wakeUpsBefore = port.batches?.wakeUps ?? 0;
      return;
    }
    const { user, system } = process.cpuUsage(since);
    const received = port.counters.received - before;
    const wakeUps = (port.batches?.wakeUps ?? 0) - wakeUpsBefore;
    process.send?.({ cpuUs: user + system, received, wakeUps } satisfies EchoReport);
    void port.close().then(() => process.disconnect());
  });
  process.send?.(port.address.port);
}

/** Sends for `durationMs` at moments whose distances are distributed exponentially, and waits a little for the last echoes. */
function sendAndTime(remotePort: number, rate: number, durationMs: number): void {
  const tookUs: number[] = [];
  let sent = 0;
  const sockets = Array.from({ length: senders }, () => {
    const socket = createSocket({ type: 'udp4', lookup: (host, _options, found) => found(null, host, 4) });
    socket.on('message', (bytes) => tookUs.push((performance.now() - bytes.readDoubleLE(0)) * 1_000));
    return socket;
  });
  const end = performance.now() + durationMs;
  let due = performance.now();
  const turn = (): void => {
    const now = performance.now();
    for (; due <= now; due += (-Math.log(1 - Math.random()) * 1_000) / rate) {
      const bytes = Buffer.alloc(datagramBytes, 'x');
      bytes.writeDoubleLE(performance.now(), 0);
      sockets[sent % senders]?.send(bytes, 0, datagramBytes, remotePort, '127.0.0.1');
      sent += 1;
    }
    if (now < end) setImmediate(turn);
    else setTimeout(report, 100);
  };
  const report = (): void => {
    tookUs.sort((one, other) => one - other);
    const at = (share: number) => tookUs[Math.floor(tookUs.length * share)] ?? 0;
    process.send?.({ sent, echoed: tookUs.length, medianUs: at(0.5), p99Us: at(0.99) } satisfies SendReport);
    for (const socket of sockets) socket.close();
    process.disconnect();
  };
  turn();
}

function message<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (value) => resolve(value as T));
    child.once('exit', (code) => reject(new Error(`a process of the bench ended with ${code}`)));
  });
}

async function measure(variant: Variant, rate: number): Promise<EchoReport & SendReport> {
  const echoing = fork(import.meta.filename, ['echo', variant.choice, String(variant.gatherMs)]);
  const port = await message<number>(echoing);
  const send = (ms: number) =>
    message<SendReport>(fork(import.meta.filename, ['send', String(port), String(rate), String(ms)]));
  await send(warmUpMs);
  echoing.send('begin');
  const sent = await send(Number(seconds) * 1_000);
  const reported = message<EchoReport>(echoing);
  echoing.send('report');
  return { ...(await reported), ...sent };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

const [role, first = '', second = '', third = ''] = process.argv.slice(2);
if (role === 'echo') {
  await echo(first as UdpChoice, Number(second));
} else if (role === 'send') {
  sendAndTime(Number(first), Number(second), Number(third));
} else {
  print(`medians of ${rounds} rounds of ${seconds} s, the kinds in alternation`);
  for (const rate of rates.split(',').map(Number)) {
    const all = variants.map(() => [] as (EchoReport & SendReport)[]);
    for (let round = 0; round < Number(rounds); round += 1)
      for (const [index, variant] of variants.entries()) all[index]?.push(await measure(variant, rate));
    const cpu = all.map((reports) => median(reports.map(({ cpuUs, received }) => cpuUs / received)));
    for (const [index, { name }] of variants.entries()) {
      const reports = all[index] ?? [];
      const of = (value: (report: EchoReport & SendReport) => number) => median(reports.map(value));
      const lost = reports.reduce((sum, { sent, echoed }) => sum + sent - echoed, 0);
      print(
        `${String(rate).padStart(6)}/s  ${name.padEnd(24)} ${(cpu[index] ?? 0).toFixed(1).padStart(5)} µs CPU a datagram ` +
          `(${((cpu[index] ?? 0) / (cpu[0] ?? 1)).toFixed(2)} of dgram)  echo after ${of(({ medianUs }) => medianUs)
            .toFixed(0)
            .padStart(5)} µs, ` +
          `p99 ${of(({ p99Us }) => p99Us)
            .toFixed(0)
            .padStart(5)} µs  ` +
          `${of(({ received, wakeUps }) => (wakeUps === 0 ? 0 : received / wakeUps)).toFixed(1)} a wake-up  lost ${lost}`,
      );
    }
  }
}
