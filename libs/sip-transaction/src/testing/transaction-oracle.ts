import type { LogEntry, TransactionRecord } from './transaction-log.js';

// RFC 3261 Table 4 and §17, in milliseconds, written out.
const FIRST_INTERVAL = 500;
const LONGEST_INTERVAL = 4000;
const GIVE_UP = 32_000;
const WAIT_D = 32_000;
const TRYING = 150;
const TRYING_NON_INVITE = 3500;

/** What should be seen of one end of a transaction: what it sent and what its transaction user was told, `time word`. */
interface Expectation {
  readonly sent: string[];
  readonly told: string[];
}

/**
 * Compares one transaction with what RFC 3261 §17, RFC 6026 and RFC 4320 demand given the packets that got through, on an
 * unreliable transport with the default timers. It knows packets, times and the transaction users' commands, no states.
 * Returns a sentence per disagreement.
 */
export function disagreements(record: TransactionRecord): string[] {
  const first = record.client.find((entry) => entry.kind === 'sent' && entry.word === record.method);
  // The ACK for a 2xx has a branch of its own and no transaction.
  if (first === undefined) return [];
  const isInvite = record.method === 'INVITE';
  const client = isInvite ? inviteClient(record.client) : nonInviteClient(record.client, record.method);
  const reached = record.server.some((entry) => entry.kind === 'delivered' && entry.word === record.method);
  const none: Expectation = { sent: [], told: [] };
  const server = !reached
    ? none
    : isInvite
      ? inviteServer(record.server)
      : nonInviteServer(record.server, record.method);
  return [
    ...compare(`${record.clientElement}, client`, record, client, record.client),
    ...compare(`${record.serverElement}, server`, record, server, record.server),
  ];
}

function inviteClient(log: readonly LogEntry[]): Expectation {
  const start = startOf(log, 'INVITE');
  const responses = delivered(log);
  const timeoutAt = Math.ceil(start + GIVE_UP);
  const firstResponseAt = responses[0]?.at ?? Infinity;
  const sent = retransmissions(start, Math.min(firstResponseAt, timeoutAt), Infinity).map((at) => line(at, 'INVITE'));
  // §17.1.1.2: no response at all in 64*T1, and the TU is told so.
  if (firstResponseAt > timeoutAt) return { sent, told: [line(timeoutAt, 'timeout')] };

  const abandonedAt = log.find((entry) => entry.kind === 'commanded' && entry.word === 'abandon')?.at ?? Infinity;
  const finalIndex = responses.findIndex((entry) => entry.word >= '200');
  const final = responses[finalIndex];
  if (final === undefined || final.at > abandonedAt) {
    // §9.1: once given up, nothing more reaches the TU.
    return { sent, told: responses.filter((entry) => entry.at <= abandonedAt).map(asLine) };
  }
  const told = responses.slice(0, finalIndex + 1).map(asLine);
  const later = responses.slice(finalIndex + 1);
  if (final.word < '300') {
    // RFC 6026 §7.2: every further 2xx within 64*T1 reaches the TU.
    told.push(...later.filter((entry) => entry.at <= Math.ceil(final.at + GIVE_UP) && isSuccess(entry)).map(asLine));
  } else {
    // §17.1.1.2: one ACK for each copy of the final response, which the TU sees once.
    const acknowledged = [
      final,
      ...later.filter((entry) => entry.at <= Math.ceil(final.at + WAIT_D) && entry.word >= '300'),
    ];
    sent.push(...acknowledged.map((entry) => line(entry.at, 'ACK')));
  }
  return { sent, told };
}

function nonInviteClient(log: readonly LogEntry[], method: string): Expectation {
  const start = startOf(log, method);
  const responses = delivered(log);
  const timeoutAt = Math.ceil(start + GIVE_UP);
  const finalIndex = responses.findIndex((entry) => entry.word >= '200');
  const final = responses[finalIndex];
  const provisionalAt = responses.find((entry) => entry.word < '200')?.at ?? Infinity;
  const end = Math.min(final?.at ?? Infinity, timeoutAt);
  // §17.1.2.2: doubling up to T2, and T2 from the first timer E that fires after a provisional response.
  const sent = retransmissions(start, end, provisionalAt, LONGEST_INTERVAL).map((at) => line(at, method));
  const heard = responses
    .filter((entry, index) => entry.at < timeoutAt && (finalIndex < 0 || index <= finalIndex))
    .map(asLine);
  if (final === undefined || final.at > timeoutAt) heard.push(line(timeoutAt, 'timeout'));
  return { sent, told: heard };
}

function inviteServer(log: readonly LogEntry[]): Expectation {
  const invites = delivered(log).filter((entry) => entry.word === 'INVITE');
  const start = (invites[0] as LogEntry).at;
  const commands = log.filter((entry) => entry.kind === 'commanded');
  const told = [line(start, 'INVITE')];
  const final = commands.find((entry) => entry.word >= '200');
  const provisionals = commands.slice(0, final === undefined ? undefined : commands.indexOf(final));
  const sent = provisionals.map(asLine);
  // §17.2.1: a 100 within 200 ms of silence from the TU; this layer sends it after 150.
  const tryingAt = Math.ceil(start + TRYING);
  if (!commands.some((entry) => entry.at < tryingAt)) {
    provisionals.unshift({ at: tryingAt, kind: 'commanded', word: '100' });
    sent.push(line(tryingAt, '100'));
  }
  for (const repeat of invites.slice(1).filter((entry) => isBefore(log, entry, final))) {
    // §17.2.1: a repeated INVITE brings the latest provisional response again, if there is one.
    const latest = provisionals.findLast((entry) => isBefore(log, entry, repeat));
    if (latest !== undefined) sent.push(line(repeat.at, latest.word));
  }
  if (final === undefined) return { sent, told };

  const end = Math.ceil(final.at + GIVE_UP);
  if (isSuccess(final)) {
    // RFC 6026 §7.1: the TU alone repeats a 2xx, for 64*T1; a repeated INVITE is absorbed.
    sent.push(...commands.filter((entry) => isSuccess(entry) && entry.at < end).map(asLine));
    return { sent, told };
  }
  const ack = delivered(log).find((entry) => entry.word === 'ACK' && !isBefore(log, entry, final) && entry.at < end);
  const quietFrom = ack?.at ?? end;
  sent.push(...retransmissions(final.at, quietFrom, Infinity, LONGEST_INTERVAL).map((at) => line(at, final.word)));
  const repeats = invites.filter(
    (entry) => !isBefore(log, entry, final) && entry.at < end && (ack === undefined || isBefore(log, entry, ack)),
  );
  sent.push(...repeats.map((entry) => line(entry.at, final.word)));
  // §17.2.1: no ACK within 64*T1, and the TU is told so.
  if (ack === undefined) told.push(line(end, 'ackTimeout'));
  return { sent, told };
}

function nonInviteServer(log: readonly LogEntry[], method: string): Expectation {
  const requests = delivered(log).filter((entry) => entry.word === method);
  const start = (requests[0] as LogEntry).at;
  const end = Math.ceil(start + GIVE_UP);
  const final = log.find(
    (entry) => entry.kind === 'commanded' && entry.word >= '200' && entry.word !== '408' && entry.at < end,
  );
  const sent: string[] = [];
  // RFC 4320 §4.1: a 100 once the client's timer E can have reached T2, if there is nothing better by then.
  const tryingAt = Math.ceil(start + TRYING_NON_INVITE);
  const isTrying = final === undefined || final.at > tryingAt;
  if (isTrying) sent.push(line(tryingAt, '100'));
  if (final !== undefined) sent.push(asLine(final));
  for (const repeat of requests.slice(1)) {
    if (final !== undefined && !isBefore(log, repeat, final)) {
      if (repeat.at < Math.ceil(final.at + GIVE_UP)) sent.push(line(repeat.at, final.word));
    } else if (isTrying && repeat.at > tryingAt && repeat.at < end) {
      sent.push(line(repeat.at, '100'));
    }
  }
  return { sent, told: [line(start, method)] };
}

/**
 * The instants of a message that is sent at `start` and repeated until `end`: after T1, then after twice the last interval,
 * at most `longest`; once `steadyFrom` has passed, at that longest interval. Timers fire on whole milliseconds.
 */
function retransmissions(start: number, end: number, steadyFrom: number, longest = Infinity): number[] {
  const instants = [start];
  let interval = FIRST_INTERVAL;
  for (let at = Math.ceil(start + interval); at < end; at += interval) {
    instants.push(at);
    interval = at > steadyFrom ? longest : Math.min(2 * interval, longest);
  }
  return instants;
}

function compare(end: string, record: TransactionRecord, expected: Expectation, log: readonly LogEntry[]): string[] {
  const found: string[] = [];
  for (const kind of ['sent', 'told'] as const) {
    const want = expected[kind].toSorted().join('; ');
    const got = log
      .filter((entry) => entry.kind === kind)
      .map(asLine)
      .toSorted()
      .join('; ');
    if (want !== got) found.push(`${record.method} ${record.branch} at ${end}: ${kind} «${got}», should be «${want}»`);
  }
  return found;
}

function startOf(log: readonly LogEntry[], method: string): number {
  return (log.find((entry) => entry.kind === 'sent' && entry.word === method) as LogEntry).at;
}

function delivered(log: readonly LogEntry[]): LogEntry[] {
  return log.filter((entry) => entry.kind === 'delivered');
}

function isSuccess(entry: LogEntry): boolean {
  return entry.word >= '200' && entry.word < '300';
}

/** By time, then by place in the log, since one instant can hold several deliveries. */
function isBefore(log: readonly LogEntry[], a: LogEntry, b: LogEntry | undefined): boolean {
  if (b === undefined || a.at < b.at) return true;
  return a.at === b.at && log.includes(a) && log.indexOf(a) < log.indexOf(b);
}

function asLine(entry: LogEntry): string {
  return line(entry.at, entry.word);
}

function line(at: number, word: string): string {
  return `${at.toFixed(2).padStart(12, '0')} ${word}`;
}
