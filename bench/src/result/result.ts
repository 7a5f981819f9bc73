import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { checkoutRoot } from '@ringdown/testbed';

/** What the machine was, for whoever compares results. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly kernel: string;
  readonly node: string;
  /** Name and version; undefined where it isn't installed. */
  readonly kamailio?: string;
}

/** A table as it is printed, and what is to be said about it. */
export interface ResultTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly remarks: readonly string[];
}

/** What one run has found. */
export interface Result {
  readonly command: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly machine: Machine;
  readonly options: unknown;
  readonly tables: readonly ResultTable[];
  /** Every single measurement that the tables are made of. */
  readonly measured: unknown;
}

/** Where results are kept. */
export const resultsFolder = join(checkoutRoot, 'bench', 'results');

/** This machine. */
export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 1_048_576),
    kernel: release(),
    node: process.version,
    ...kamailioVersion(),
  };
}

/** Writes a result into a folder and returns the file's path, named after the command and the time. */
export function saveResult(folder: string, result: Result): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${result.command}-${result.at.slice(0, 19).replaceAll(':', '')}.json`);
  writeFileSync(path, `${JSON.stringify(result, withMaps, 1)}\n`);
  return path;
}

/** JSON knows no Map. */
function withMaps(_: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}

/** Reads what `saveResult` wrote. */
export function loadResult(path: string): Result {
  return JSON.parse(readFileSync(path, 'utf8')) as Result;
}

function kamailioVersion(): { readonly kamailio?: string } {
  try {
    return {
      kamailio: /kamailio [\d.]+/.exec(execFileSync('kamailio', ['-v'], { encoding: 'utf8' }))?.[0] ?? 'kamailio',
    };
  } catch {
    return {};
  }
}
