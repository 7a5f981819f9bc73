import { canRunField, Field, type LoadProcess, type LoadReport, monotonicMs } from '@ringdown/testbed';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCrowd, startLoad } from './peers/crowd.js';

/** The full form: E2E_CALLS=10000 E2E_CALLS_PER_SECOND=100 npx vitest run --config e2e/vitest.long.config.ts many-edges-rolling-restart */
const callsPerSec = Number(process.env['E2E_CALLS_PER_SECOND'] ?? 30);
const calls = Number(process.env['E2E_CALLS'] ?? 1_500);
/** Calls go on until the last edge is back; an edge may take its whole grace time to empty. */
const longestSec = Math.max(calls / callsPerSec, 600);
const talkMs = 10_000;
/** Longer than the longest call that is under way. */
const drainGraceSec = 20;
/** Before the first edge, between two, and after the last: each is to have its share again. */
const pauseMs = 5_000;

let field: Field | undefined;
let load: LoadProcess | undefined;

afterEach(async () => {
  await load?.stop();
  await field?.stop();
  load = undefined;
  field = undefined;
});

function told(failures: LoadReport['failed'], steps: readonly (readonly [string, number])[]): string[] {
  return failures.map(({ from, to, reason, askedAtMs, failedAtMs, wasHeard }) => {
    const [step = 'before the first', atMs = 0] = steps.findLast(([, sinceMs]) => sinceMs <= askedAtMs) ?? [];
    return `${from} to ${to}: ${reason} after ${(failedAtMs - askedAtMs).toFixed(0)} ms, ${wasHeard ? 'heard' : 'not heard'}; asked ${((askedAtMs - atMs) / 1_000).toFixed(2)} s after ${step}`;
  });
}

describe.runIf(canRunField())('a rolling restart of three edges', { timeout: longestSec * 1_000 + 120_000 }, () => {
  it(`at least ${calls} calls at ${callsPerSec}/s meanwhile: none is lost and none fails`, async () => {
    const started = await Field.start({ edges: 3, environment: { RINGDOWN_DRAIN_GRACE_SEC: String(drainGraceSec) } });
    field = started;
    const crowd = await makeCrowd(started, {
      name: 'rolling',
      transports: ['UDP', 'UDP', 'UDP', 'TCP', 'WS'],
      localHosts: started.network.publicClientAddresses,
      callers: 250,
      callees: 200,
      silent: 20,
    });
    const running = await startLoad(started, started.network.publicClients, {
      ...crowd,
      callsPerSec,
      durationSec: longestSec,
      talkMs,
      cancelEvery: 20,
      reconnectWithinMs: 2_000,
    });
    load = running;
    const steps: (readonly [string, number])[] = [];
    const step = (what: string) => void steps.push([what, monotonicMs()]);
    for (const [index, { service }] of started.edges.entries()) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      step(`SIGTERM to edge ${index + 1}`);
      await service.terminate();
      step(`the end of edge ${index + 1}`);
      await service.restart();
      step(`edge ${index + 1} was ready again`);
      await started.udp.spreadsOver(3);
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    await running.reached(({ started: begun }) => begun >= calls, longestSec * 1_000);
    running.endCalling();
    const report = await running.finished();
    const took = steps.map(
      ([what, atMs], index) =>
        `${what} at ${((atMs - (steps[0]?.[1] ?? 0)) / 1_000).toFixed(1)} s${index === steps.length - 1 ? '' : ','}`,
    );
    process.stdout.write(
      `${took.join(' ')}; ${report.started} calls, ${report.completed} completed, ${report.cancelled} cancelled, ${report.failed.length} failed, ` +
        `${report.lost.length} lost; most at a time ${report.mostEstablished}; ${report.reconnects} reconnects, ` +
        `broken on connections ${JSON.stringify(report.brokenTransactions)}, ${report.resent} INVITEs sent again over a new connection, ${report.retransmissions} retransmissions, ` +
        `post-dial delay ${JSON.stringify(report.postDialDelayMs)} ms, load's CPU ${report.cpuMs} ms\n`,
    );
    expect(told(report.failed, steps)).toEqual([]);
    expect(told(report.lost, steps)).toEqual([]);
    expect(report.started).toBeGreaterThanOrEqual(calls);
    expect(report.completed + report.cancelled).toBe(report.started);
    expect([report.forkedTwice, report.misrouted]).toEqual([0, 0]);
  });
});
