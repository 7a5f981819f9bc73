import type { Registry } from 'prom-client';
import { readHistogram } from './plain-histogram.js';
import type { Postgres } from './postgres.js';
import { readCounter, readGauge } from './readings.js';

type Measured = Pick<Postgres, 'pool' | 'statementSec' | 'failures'>;

/** Registers what pools of one service do, by the name that each is given here. Once a registry. */
export function registerPostgresMetrics(registry: Registry, pools: Readonly<Record<string, Measured>>): void {
  const named = Object.entries(pools);
  readGauge(registry, {
    name: 'ringdown_postgres_connections',
    help: 'Connections to Postgres now, by pool and whether they are in use',
    *read() {
      for (const [name, { pool }] of named) {
        yield [{ pool: name, state: 'used' }, pool.totalCount - pool.idleCount];
        yield [{ pool: name, state: 'idle' }, pool.idleCount];
      }
    },
  });
  readGauge(registry, {
    name: 'ringdown_postgres_waiting',
    help: 'Requests that wait for a connection to Postgres, by pool',
    read: () => named.map(([name, { pool }]) => [{ pool: name }, pool.waitingCount] as const),
  });
  readHistogram(registry, {
    name: 'ringdown_postgres_statement_seconds',
    help: 'Time of statements, from when they have a connection to their answer, by pool',
    read: () => named.map(([name, { statementSec }]) => [{ pool: name }, statementSec] as const),
  });
  readCounter(registry, {
    name: 'ringdown_postgres_failures_total',
    help: 'Requests to Postgres that failed since the start, by pool and why: it was away, busy, or refused the statement',
    *read() {
      for (const [name, { failures }] of named)
        for (const [reason, count] of Object.entries(failures)) yield [{ pool: name, reason }, count];
    },
  });
}
