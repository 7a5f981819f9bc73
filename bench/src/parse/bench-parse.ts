import { type Spread, spreadOf } from '../measure/statistics.js';
import { LibraryProcess } from './library-process.js';
import { MESSAGE_MIX } from './message-mix.js';
import { LIBRARIES, type LibraryName } from './tested-parsers.js';
import { PARTS, PATHS, type Part, type Path, type Refusal } from './turn.js';

export interface ParseOptions {
  /** How long a turn of one library on one path and part of the mix lasts. */
  readonly seconds: number;
  /** Turns that count of each; one more before them warms up. */
  readonly alternations: number;
}

/** One library on one path, over one part of the mix or (`mix`) each message of it equally often. */
export interface ParseRow {
  readonly library: LibraryName;
  readonly path: Path;
  readonly part: Part | 'mix';
  readonly messagesPerSecond: Spread;
  /** Microseconds of CPU a message. */
  readonly cpuUs: Spread;
  /** CPU of this library over Ringdown's in the same alternation: above 1, it is that many times slower. */
  readonly ratio: Spread;
}

export interface ParseResult {
  readonly options: ParseOptions;
  readonly messages: Readonly<Record<Part, readonly string[]>>;
  /** What each library refuses or mangles; these messages are left out for all. */
  readonly refusals: Readonly<Record<LibraryName, readonly Refusal[]>>;
  readonly rows: readonly ParseRow[];
}

/** Microseconds of CPU a message, one figure an alternation. */
type Samples = Record<Path, Record<Part, number[]>>;

/**
 * Compares sip-message and sip-proxy with other SIP libraries over a fixed mix of messages, each library in a process of
 * its own, turn by turn. Takes about `seconds * (alternations + 1) * 16`. Needs sip-message, sip-proxy and sip-auth built.
 */
export async function benchParse(options: ParseOptions): Promise<ParseResult> {
  const processes: LibraryProcess[] = [];
  try {
    for (const library of LIBRARIES) processes.push(await LibraryProcess.start(library));
    const leftOut = processes.flatMap(({ refusals }) => refusals.map(({ message }) => message));
    const samples = await alternate(processes, leftOut, options);
    const partNames = (part: Part) =>
      MESSAGE_MIX.filter((each) => each.part === part && !leftOut.includes(each.name)).map(({ name }) => name);
    const messages = { everyday: partNames('everyday'), rfc4475: partNames('rfc4475') };
    return {
      options,
      messages,
      refusals: Object.fromEntries(processes.map(({ library, refusals }) => [library, refusals])) as Record<
        LibraryName,
        readonly Refusal[]
      >,
      rows: PATHS.flatMap((path) => rowsOf(path, samples, messages)),
    };
  } finally {
    await Promise.all(processes.map((each) => each.end()));
  }
}

async function alternate(
  processes: readonly LibraryProcess[],
  leftOut: readonly string[],
  { seconds, alternations }: ParseOptions,
): Promise<ReadonlyMap<LibraryName, Samples>> {
  const samples = new Map(processes.map(({ library }) => [library, noSamples()]));
  for (let alternation = 0; alternation <= alternations; alternation++) {
    for (const path of PATHS) {
      for (const part of PARTS) {
        for (const each of processes) {
          const { cpuUs, messages } = await each.take({ path, part, leftOut, seconds });
          const isWarmUp = alternation === 0;
          if (!isWarmUp) samples.get(each.library)?.[path][part].push(cpuUs / messages);
        }
      }
    }
  }
  return samples;
}

function noSamples(): Samples {
  return { proxy: { everyday: [], rfc4475: [] }, full: { everyday: [], rfc4475: [] } };
}

function rowsOf(
  path: Path,
  samples: ReadonlyMap<LibraryName, Samples>,
  messages: Readonly<Record<Part, readonly string[]>>,
): readonly ParseRow[] {
  const rows: ParseRow[] = [];
  for (const part of ['mix', ...PARTS] as const) {
    const figures = new Map<LibraryName, readonly number[]>();
    for (const [library, { [path]: ofPath }] of samples) {
      figures.set(library, part === 'mix' ? overMix(ofPath, messages) : ofPath[part]);
    }
    const ours = figures.get('ringdown') ?? [];
    for (const [library, cpuUs] of figures) {
      rows.push({
        library,
        path,
        part,
        messagesPerSecond: measured(cpuUs.map((us) => 1e6 / us)),
        cpuUs: measured(cpuUs),
        ratio: measured(cpuUs.map((us, at) => us / (ours[at] as number))),
      });
    }
  }
  return rows;
}

/** Microseconds a message when each message of the mix comes equally often. */
function overMix(ofPath: Record<Part, number[]>, messages: Readonly<Record<Part, readonly string[]>>): number[] {
  const everyday = messages.everyday.length;
  const odd = messages.rfc4475.length;
  return ofPath.everyday.map((us, at) => (us * everyday + (ofPath.rfc4475[at] as number) * odd) / (everyday + odd));
}

function measured(values: readonly number[]): Spread {
  const spread = spreadOf(values);
  if (spread === undefined) throw new Error('without an alternation nothing is measured: ask for one or more');
  return spread;
}
