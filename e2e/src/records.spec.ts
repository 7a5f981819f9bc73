import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Postgres, silentLogger } from '@ringdown/platform';
import { canRunField, canRunWith, Field, Sipp, type SippOptions, sippRow } from '@ringdown/testbed';
import { afterEach, describe, expect, it } from 'vitest';
import { type HeardCall, heardCalls } from './peers/heard-calls.js';

/** The full form: E2E_CALLS=10000 E2E_CALLS_PER_SECOND=100 npx vitest run --config e2e/vitest.long.config.ts records.spec */
const calls = Number(process.env['E2E_CALLS'] ?? 450);
const callsPerSec = Number(process.env['E2E_CALLS_PER_SECOND'] ?? 30);
const loadSec = calls / callsPerSec;
const talkMs = 3_000;
/** Longer than any of these calls: what is open then has lost its BYE. */
const maxCallSec = 15;
/** How long sipp sends a BYE again, and an INVITE (RFC 3261 §17). */
const patienceMs = 40_000;
/** Accounting closes nothing until the bus has been there for 15 s; then comes the limit. */
const closedWithinMs = 60_000;
/** What the records and sipp may differ by. */
const toleranceMs = 1_000;
/** The balancer has noticed an edge's death, and sipp has sent again. */
const recoveryMs = 5_000;
/** Calls of phones that vanish without hanging up. */
const abandonedCalls = 5;
const callerCount = 50;
const calleePorts = [7001, 7002, 7003, 7004, 7005, 7006];
const calleeCount = 24;
const domain = 'acme.test';
const tenantId = 'acme';
/** A message out of order is passed over: edges overtake each other. */
const traced = ['-default_behaviors', 'all,-abortunexp', '-deadcall_wait', '0', '-trace_shortmsg'];

interface Row {
  readonly sip_call_id: string;
  readonly state: string;
  readonly duration_ms: number;
  readonly is_marked: boolean;
  readonly closed_by: string;
  readonly release_cause: string;
  readonly codec: string | null;
}

let field: Field | undefined;
const sipps: Sipp[] = [];
let client: Postgres | undefined;

afterEach(async () => {
  await Promise.all(sipps.splice(0).map((sipp) => sipp.stop()));
  await client?.close();
  client = undefined;
  await field?.stop();
  field = undefined;
});

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const passwordOf = (username: string): string => `${username}-secret`;
const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${name}${n}`);

async function recorded(callIdPrefix: string): Promise<readonly Row[]> {
  const found = await client!.query<Row>(
    `select sip_call_id, state, duration_ms::float8, is_marked, closed_by, release_cause, codec
     from accounting.call_records where sip_call_id like $1 order by started_at`,
    [`${callIdPrefix}%`],
  );
  return found.rows;
}

/**
 * How far a record is from what both sipps have seen. Where all goes well that is one duration. An answer that was lost between the edge and the caller was sent again,
 * and so was a BYE that went to the dead edge: the platform has seen such a call for longer than its caller, and for less than its callee.
 */
function differenceMs(caller: HeardCall, callee: HeardCall | undefined, { duration_ms: durationMs }: Row): number {
  const { answeredAtMs = 0, byesAtMs } = caller;
  const shortestMs = Math.min(...byesAtMs) - answeredAtMs;
  const longestMs = Math.max(...byesAtMs) - (callee?.answerSentAtMs ?? answeredAtMs);
  return Math.max(0, shortestMs - durationMs, durationMs - longestMs);
}

describe.runIf(canRunField() && canRunWith('sipp', 'nats-server'))(
  'records of calls',
  { timeout: loadSec * 1_000 + 240_000 },
  () => {
    it(`${calls} calls at ${callsPerSec}/s with kill -9 of accounting and of an edge, and a restart of NATS: one record each`, async () => {
      const started = await Field.start({
        edges: 3,
        accountings: 2,
        environment: { RINGDOWN_RECORDS_MAX_CALL_SEC: String(maxCallSec), RINGDOWN_RECORDS_MAX_SETUP_SEC: '20' },
      });
      field = started;
      const { apart, network, edges } = started;
      client = new Postgres({
        url: apart.databaseUrl,
        service: 'test',
        schema: 'accounting',
        logger: silentLogger(),
      });
      await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
      const callees = numbered('callee', calleeCount);
      const callers = numbered('caller', callerCount);
      await apart.operator.importSubscribers(
        tenantId,
        [...callees, ...callers].map((name) => [name, passwordOf(name)]),
      );
      const { prefix, ipv4: localHost } = network.publicClients;
      const play = (options: Omit<SippOptions, 'proxy'>): Sipp => {
        const sipp = Sipp.start({ proxy: started.sip, prefix, localHost, ...options });
        sipps.push(sipp);
        return sipp;
      };
      const registering = calleePorts.map((port, at) =>
        play({
          scenario: 'register.xml',
          port,
          rows: callees
            .filter((_, n) => n % calleePorts.length === at)
            .map((name) => sippRow(name, passwordOf(name), domain)),
        }),
      );
      for (const sipp of registering) await sipp.finished(20_000);
      const answering = calleePorts.map((port) => play({ scenario: 'callee.xml', port, further: traced }));

      const calling = play({
        scenario: 'caller.xml',
        port: 'one-for-each-call',
        rows: Array.from({ length: callerCount }, (_, n) => {
          const name = `caller${n}`;
          return sippRow(name, passwordOf(name), domain, `callee${n % calleeCount}`);
        }),
        calls,
        callsPerSec,
        talkMs,
        callIdPrefix: 'rec-',
        further: traced,
      });
      const abandoning = play({
        scenario: 'caller.xml',
        port: 'one-for-each-call',
        rows: [sippRow('caller0', passwordOf('caller0'), domain, 'callee0')],
        calls: abandonedCalls,
        talkMs: 600_000,
        callIdPrefix: 'gone-',
      });
      const finished = calling.over(loadSec * 1_000 + talkMs + patienceMs);

      await rest(loadSec * 200);
      await abandoning.stop();
      await apart.accountings[0]?.kill9();
      await rest(loadSec * 150);
      await apart.accountings[0]?.restart();
      await apart.nats.kill();
      await rest(Math.min(5_000, loadSec * 150));
      await apart.nats.restart();
      await rest(loadSec * 150);
      const killedAtMs = Date.now();
      await edges[0]?.service.kill9();
      const { statistics } = await finished;
      const heard = heardCalls(shortMessages(calling.files));
      const answers = heardCalls(answering.map(({ files }) => shortMessages(files)).join(''));
      const answered = [...heard.values()].filter(({ answeredAtMs }) => answeredAtMs !== undefined);

      await expect
        .poll(async () => (await recorded('')).filter(({ state }) => state !== 'ended').length, {
          timeout: closedWithinMs,
          interval: 500,
        })
        .toBe(0);
      const rows = await recorded('rec-');
      const abandoned = await recorded('gone-');
      const byCall = Map.groupBy(rows, ({ sip_call_id: callId }) => callId);
      const twice = [...byCall].filter(([, each]) => each.length > 1).map(([callId]) => callId);
      const missing = answered.filter(({ callId }) => !byCall.has(callId));
      const marked = rows.filter((row) => row.is_marked);
      const compared = answered.flatMap((call) => {
        const row = byCall.get(call.callId)?.[0];
        return row === undefined || row.is_marked || call.byesAtMs.length === 0
          ? []
          : [{ call, row, offMs: differenceMs(call, answers.get(call.callId), row) }];
      });
      const wrong = compared.filter(({ offMs }) => offMs > toleranceMs);
      const again = compared.filter(({ call }) => call.byesAtMs.length > 1);
      const unheard = [...heard.values()].filter(({ callId }) => !byCall.has(callId));
      const refused = unheard.filter(({ refusals }) => refusals.some((refusal) => refusal !== '407 to 1 INVITE'));
      const unrecorded = unheard.filter((call) => !refused.includes(call));
      const repeated = compared.filter(({ call }) => {
        const { answeredAtMs = 0, callId } = call;
        return answeredAtMs - (answers.get(callId)?.answerSentAtMs ?? answeredAtMs) > toleranceMs;
      });
      process.stdout.write(
        `${calls} calls: sipp ended ${statistics?.successful} well and ${statistics?.failed} not; ${answered.length} were answered; ` +
          `${rows.length} records, ${twice.length} calls with two, ${missing.length} answered ones with none; ` +
          `durations of ${compared.length} compared, off by ${Math.max(...compared.map(({ offMs }) => offMs)).toFixed(0)} ms at most ` +
          `(${again.length} of them were hung up more than once, ${repeated.length} answered over a second before the caller heard it); ` +
          `without a record: ${refused.length} that edges refused (${JSON.stringify(tally(refused.flatMap(({ refusals }) => refusals)))}), ` +
          `${unrecorded.length} others ${JSON.stringify(unrecorded.map(({ askedAtMs, refusals }) => [Math.round(askedAtMs - killedAtMs), ...refusals]))}; ` +
          `${marked.length} closed and marked: ${JSON.stringify(tally(marked.map((row) => `${row.release_cause} by ${row.closed_by}`)))}; ` +
          `all: ${JSON.stringify(tally(rows.map((row) => row.release_cause)))}\n`,
      );

      expect(heard.size).toBe(calls);
      // An INVITE that comes to another edge with a nonce of one that is gone, or that doesn't answer, is challenged again, and sipp doesn't answer twice.
      expect(answered.length).toBeGreaterThanOrEqual(calls * 0.9);
      expect(twice).toEqual([]);
      expect(missing).toEqual([]);
      // What was being set up on the edge when it died may have left nothing; what an edge has refused is no call.
      expect(
        unrecorded.filter(({ askedAtMs }) => askedAtMs < killedAtMs - 1_000 || askedAtMs > killedAtMs + recoveryMs),
      ).toEqual([]);
      expect(unrecorded.length).toBeLessThanOrEqual(Math.ceil(callsPerSec / 10));
      expect(wrong).toEqual([]);
      // A call whose last news died with the edge.
      expect(marked.length).toBeLessThanOrEqual(Math.ceil(callsPerSec / 3));
      expect(compared.length + marked.length).toBeGreaterThanOrEqual(answered.length - Math.ceil(callsPerSec / 3));
      expect(
        rows.filter(({ release_cause: cause, codec }) => cause === 'hung-up' && codec !== 'PCMU').length,
      ).toBeLessThanOrEqual(marked.length);
      expect(abandoned.map((row) => [row.release_cause, row.closed_by, row.is_marked])).toEqual(
        Array.from({ length: abandonedCalls }, () => ['limit', 'limit', true]),
      );
      // The two edges of a call have seen the answer at different times.
      for (const { duration_ms: durationMs } of abandoned)
        expect(Math.abs(durationMs - maxCallSec * 1_000)).toBeLessThan(toleranceMs);
    });
  },
);

/** What sipp has written of each message. */
function shortMessages(folder: string): string {
  return readdirSync(folder)
    .filter((file) => file.endsWith('shortmessages.log') && existsSync(join(folder, file)))
    .map((file) => readFileSync(join(folder, file), 'latin1'))
    .join('');
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
