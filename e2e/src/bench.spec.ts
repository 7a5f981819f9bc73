import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canRunWith, checkoutRoot, quietMachine, startChild } from '@ringdown/testbed';
import { beforeEach, describe, expect, it } from 'vitest';

/** As far as it matters here: see bench/src/result/result.ts. */
interface Result {
  readonly tables: readonly { readonly title: string; readonly rows: readonly (readonly string[])[] }[];
  readonly measured: unknown;
}

/** Runs the built benchmark and returns what it has kept; throws with what it printed when it fails. */
async function bench(command: string, options: Readonly<Record<string, string | number>>): Promise<Result> {
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const results = mkdtempSync(join(tmpdir(), 'ringdown-bench-'));
  const main = join(checkoutRoot, 'bench', 'dist', 'main.js');
  const child = startChild(process.execPath, [main, '--no-wait', '--results', results, command, ...given], {
    cwd: checkoutRoot,
  });
  try {
    const code = await child.ended();
    if (code !== 0) throw new Error(`bench ${command} ended with ${code}; it printed:\n${child.output()}`);
    const file = readdirSync(results).find((name) => name.startsWith(`${command}-`)) ?? '';
    return JSON.parse(readFileSync(join(results, file), 'utf8')) as Result;
  } finally {
    rmSync(results, { recursive: true, force: true });
  }
}

/** Every number that a result has under a name, wherever it stands. */
function numbersIn(value: unknown, name: string): readonly number[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, within]) =>
    key === name && typeof within === 'number' ? [within] : numbersIn(within, name),
  );
}

const load = { rate: 40, seconds: 1, alternations: 1, 'warm-up': 40, 'settle-seconds': 0.1 };

// What it measures is no matter here: it must run, and what it has loaded must have been done. Some of the peers can't do even that on a machine
// whose host has no time for it, so it is tried again.
const programs = ['nats-server', 'sipp', 'kamailio', 'tcpdump', 'taskset', 'janus'];
describe.runIf(canRunWith(...programs))('the benchmark runs', { timeout: 240_000, retry: 1 }, () => {
  beforeEach(() => quietMachine(30_000));

  it('call', async () => {
    const few = {
      callees: 20,
      'search-steps': 1,
      'search-seconds': 1,
      systems: 'ringdown,kamailio tuned,kamailio stock',
    };
    const { tables, measured } = await bench('call', { ...load, ...few, variants: 'digest' });
    expect(tables.map(({ rows }) => rows.map(([system]) => system))).toEqual([
      ['ringdown', 'kamailio tuned', 'kamailio stock'],
    ]);
    expect(numbersIn(measured, 'units')).toEqual([40, 40, 40]);
    expect(numbersIn(measured, 'failed')).toEqual([0, 0, 0]);
    for (const micros of numbersIn(measured, 'cpuMicrosPerUnit')) expect(micros).toBeGreaterThan(0);
  });

  it('register', async () => {
    const few = { subscribers: 60, 'search-steps': 0, 'search-seconds': 1 };
    const { measured } = await bench('register', { ...load, ...few });
    expect(numbersIn(measured, 'units')).toEqual([40, 40]);
    expect(numbersIn(measured, 'failed')).toEqual([0, 0]);
    for (const delayMs of numbersIn(measured, 'p50')) expect(delayMs).toBeGreaterThan(0);
  });

  it('scale', async () => {
    const few = { callees: 20, edges: '2', bindings: 300, probes: 20, 'cache-lookups': 50 };
    const { tables, measured } = await bench('scale', { ...load, ...few });
    expect(tables.map(({ rows }) => rows.length)).toEqual([1, 1, 1]);
    expect(numbersIn(measured, 'failed')).toEqual([0, 0]);
    expect(numbersIn(measured, 'bindings')).toEqual([300]);
  });

  it('memory', async () => {
    const few = { registrations: 30, transactions: 20, connections: 20, 'settle-seconds': 0.1 };
    const soak = { callees: 20, 'soak-minutes': 0.05, 'soak-rate': 30 };
    const { tables, measured } = await bench('memory', { ...few, ...soak });
    expect(tables.map(({ rows }) => rows.length)).toEqual([3, 11]);
    expect(numbersIn(measured, 'failed')).toEqual([0]);
  });

  it('mixer', async () => {
    const short = { seconds: 1, 'warm-up': 1, alternations: 1, 'concealment-seconds': 2 };
    const { tables, measured } = await bench('mixer', { ...short, codecs: 'G.711', participants: 10, rooms: 'threes' });
    expect(tables.map(({ rows }) => rows.length)).toEqual([1, 1, 6]);
    for (const micros of numbersIn(measured, 'cpuMicros')) expect(micros).toBeGreaterThan(0);
    for (const share of numbersIn(measured, 'receivedShare')) expect(share).toBeGreaterThan(0.5);
    for (const frames of numbersIn(measured, 'frames')) expect(frames).toBeGreaterThan(0);
  });
});
