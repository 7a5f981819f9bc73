import type { Percentiles } from '../measure/statistics.js';
import { numberCell } from '../result/cells.js';
import type { ResultTable } from '../result/result.js';
import type { BindingsMeasurement } from './measure-bindings.js';

/** One row for each number of bindings. */
export function bindingsTable(measured: readonly BindingsMeasurement[]): ResultTable {
  const columns: readonly (readonly [heading: string, cell: (row: BindingsMeasurement) => string])[] = [
    ['bindings', (row) => String(row.bindings)],
    ['loaded in s', (row) => numberCell(row.loadSec, 1)],
    ['CPU µs/bind', (row) => numberCell(row.loadMicrosPerBinding)],
    ['location MiB', (row) => mebibytes(row.locationBytes)],
    ['database MiB', (row) => mebibytes(row.databaseBytes)],
    ['asked of edge', (row) => String(row.cached)],
    ['edge MiB before', (row) => mebibytes(row.edgeBytesBefore)],
    ['edge MiB after', (row) => mebibytes(row.edgeBytesAfter)],
    ['cold p50 / p99 ms', (row) => percentilesCell(row.coldMs)],
    ['warm p50 / p99 ms', (row) => percentilesCell(row.warmMs)],
    ['expired in s', (row) => numberCell(row.expirySec, 1)],
    ['CPU µs/expiry', (row) => numberCell(row.expiryMicrosPerBinding)],
  ];
  return {
    title: 'Bindings: loaded, looked up through an edge, expired all at once',
    columns: columns.map(([heading]) => heading),
    rows: measured.map((row) => columns.map(([, cell]) => cell(row))),
    remarks: [
      'CPU is of location and Postgres. An edge keeps a bounded number of addresses, so beyond that its memory must not grow.',
    ],
  };
}

function mebibytes(bytes: number): string {
  return numberCell(bytes / 1_048_576);
}

function percentilesCell(values: Percentiles | undefined): string {
  return values === undefined ? '' : `${values.p50.toFixed(2)} / ${values.p99.toFixed(2)}`;
}
