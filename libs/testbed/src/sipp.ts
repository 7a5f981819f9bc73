import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Child, startChild } from './child-process.js';

export interface SippOptions {
  /** A file of this library's `scenarios`, by its name, or any other by its absolute path. */
  readonly scenario: string;
  /** `127.0.0.1:port` of the edge that it sends to. */
  readonly proxy: string;
  /** One line for each call, with the fields that the scenario names; a scenario that waits for calls needs none. */
  readonly rows?: readonly (readonly string[])[];
  /** Its one port, or a new one for each call. */
  readonly port: number | 'one-for-each-call';
  /** Calls a second; 100 unless told. */
  readonly callsPerSec?: number;
  /** How long a call lasts once answered. */
  readonly talkMs?: number;
  /** How many calls in all, the rows over again; one for each row unless told. */
  readonly calls?: number;
  /** Further arguments of sipp's own. */
  readonly further?: readonly string[];
  /** Call-IDs begin with it, then come the call's number from 1 on and `@` and its address. */
  readonly callIdPrefix?: string;
  /** The address that it has; default 127.0.0.1. */
  readonly localHost?: string;
  /** The command line that runs another one where it is to run, such as in a network namespace. */
  readonly prefix?: readonly string[];
}

/** What sipp's own statistics said last. */
export interface SippStatistics {
  readonly created: number;
  readonly successful: number;
  readonly failed: number;
  readonly retransmissions: number;
}

/** The fields of a call: who calls, how it proves that, its domain, and what else the scenario names. */
export function sippRow(username: string, password: string, domain: string, ...further: string[]): readonly string[] {
  // sipp takes a field with a keyword in it, but no field within a keyword.
  return [username, `[authentication username=${username} password=${password}]`, domain, ...further];
}

const scenarios = join(import.meta.dirname, '..', 'scenarios');

/** A sipp that plays one scenario, as the caller for every row, or as the callee until it is stopped. */
export class Sipp {
  private constructor(
    private readonly child: Child,
    private readonly folder: string,
  ) {}

  static start(options: SippOptions): Sipp {
    const { scenario, proxy, rows, port, callsPerSec = 100, talkMs = 0, callIdPrefix, further = [] } = options;
    const { localHost = '127.0.0.1', prefix = [] } = options;
    const folder = mkdtempSync(join(tmpdir(), 'ringdown-sipp-'));
    const args = ['-sf', resolve(scenarios, scenario), '-i', localHost, '-nostdin'];
    args.push('-trace_stat', '-stf', join(folder, 'statistics.csv'), '-fd', '1');
    args.push('-trace_err', '-error_file', join(folder, 'errors.log'));
    args.push(
      ...(port === 'one-for-each-call' ? ['-t', 'un', '-max_socket', '10000'] : ['-t', 'u1', '-p', String(port)]),
    );
    if (callIdPrefix !== undefined) args.push('-cid_str', `${callIdPrefix}%u@%s`);
    if (rows !== undefined) {
      const fields = join(folder, 'fields.csv');
      writeFileSync(fields, `SEQUENTIAL\n${rows.map((row) => row.join(';')).join('\n')}\n`);
      args.push(
        '-inf',
        fields,
        '-m',
        String(options.calls ?? rows.length),
        '-r',
        String(callsPerSec),
        '-d',
        String(talkMs),
      );
    }
    const [command = '', ...given] = [...prefix, 'sipp', ...args, ...further, proxy];
    return new Sipp(startChild(command, given, { cwd: folder }), folder);
  }

  /** The process's id. */
  get pid(): number {
    return this.child.process.pid ?? -1;
  }

  /** Its own files: statistics, errors and what `further` makes it write. */
  get files(): string {
    return this.folder;
  }

  /** What its statistics say now; undefined before they were first written. */
  statistics(): SippStatistics | undefined {
    const file = join(this.folder, 'statistics.csv');
    if (!existsSync(file)) return undefined;
    const [heading = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
    const names = heading.split(';');
    const last = lines.at(-1)?.split(';');
    if (last === undefined) return undefined;
    const value = (name: string) => Number(last[names.indexOf(name)]);
    return {
      created: value('TotalCallCreated'),
      successful: value('SuccessfulCall(C)'),
      failed: value('FailedCall(C)'),
      retransmissions: value('Retransmissions(C)'),
    };
  }

  /** What went wrong, by its own error log, cut to what a person reads. */
  errors(): string {
    const file = join(this.folder, 'errors.log');
    return existsSync(file) ? readFileSync(file, 'utf8').slice(0, 4_000) : '';
  }

  /**
   * Resolves with the statistics when every call of the rows has ended well. Rejects with sipp's own words when one failed, or when they have
   * not ended after `timeoutMs`.
   */
  async finished(timeoutMs: number): Promise<SippStatistics> {
    const { code, statistics } = await this.over(timeoutMs);
    if (code === 0 && statistics?.failed === 0) return statistics;
    const counts = JSON.stringify(statistics);
    throw new Error(`sipp ended with ${code}: ${counts}\n${this.errors()}\n${this.child.output().slice(-2_000)}`);
  }

  /** Resolves when it has ended, or after `timeoutMs`, with its exit code and whatever its statistics say then. */
  async over(timeoutMs: number): Promise<{ code: number | string; statistics: SippStatistics | undefined }> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), timeoutMs);
    });
    const code = await Promise.race([this.child.ended(), late]);
    clearTimeout(timer);
    return { code, statistics: this.statistics() };
  }

  /** Ends it and removes its files. */
  async stop(): Promise<void> {
    await this.child.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
