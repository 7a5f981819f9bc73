import { loudness, type TonePhone } from '@ringdown/testbed';

/** Whether a listener is to hear a speaker. Nobody hears itself. */
export type IsHeard = (listener: TonePhone, speaker: TonePhone) => boolean;

/** What was heard: for each listener, in the order of the phones, the amplitude of each phone's tone. */
type Amplitudes = readonly (readonly number[])[];

const settleMs = 15_000;
/** Long enough for no tone to be taken for another. */
const windowSec = 1;

export const everyOther: IsHeard = (listener, speaker) => listener !== speaker;

/** Everybody hears every other one of these, and those who are left out hear nobody and aren't heard. */
export function among(...members: readonly TonePhone[]): IsHeard {
  return (listener, speaker) => listener !== speaker && members.includes(listener) && members.includes(speaker);
}

/**
 * Listens at all phones at once until a whole second has been as it is to be: whose tone is to be heard is heard, and every other one of these phones' tones is
 * not. Prints the table of that second. Rejects with the table of the last second, and what the phones tell, when that takes too long.
 */
export async function hearExactly(title: string, phones: readonly TonePhone[], isHeard: IsHeard): Promise<void> {
  const deadline = performance.now() + settleMs;
  const tones = phones.map(({ toneHertz }) => toneHertz);
  for (;;) {
    const amplitudes = await Promise.all(phones.map((phone) => phone.listenFor(tones, windowSec)));
    if (isAsWanted(phones, amplitudes, isHeard)) {
      process.stdout.write(`\n${table(title, phones, amplitudes, isHeard)}`);
      return;
    }
    if (performance.now() > deadline) {
      const logs = await Promise.all(phones.map(async (phone) => `${phone.address}:\n${tail(await phone.log())}`));
      throw new Error(`${table(title, phones, amplitudes, isHeard)}\n${logs.join('\n')}`);
    }
  }
}

function isAsWanted(phones: readonly TonePhone[], amplitudes: Amplitudes, isHeard: IsHeard): boolean {
  return phones.every((listener, row) =>
    phones.every((speaker, column) => isRight(amplitudes[row]?.[column] ?? 0, isHeard(listener, speaker))),
  );
}

function isRight(amplitude: number, wanted: boolean): boolean {
  return wanted ? amplitude > loudness.heard : amplitude < loudness.silent;
}

/** A row for each listener and a column for each speaker; what isn't as wanted has a mark. */
function table(title: string, phones: readonly TonePhone[], amplitudes: Amplitudes, isHeard: IsHeard): string {
  const rows = [
    ['hears', ...phones.map((speaker) => `${nameOf(speaker)} ${speaker.toneHertz} Hz`)],
    ...phones.map((listener, row) => [
      nameOf(listener),
      ...phones.map((speaker, column) => {
        const amplitude = amplitudes[row]?.[column] ?? 0;
        return `${Math.round(amplitude)}${isRight(amplitude, isHeard(listener, speaker)) ? '' : ' WRONG'}`;
      }),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  ');
  return `${title}\n${rows.map(line).join('\n')}\n`;
}

function nameOf({ address }: TonePhone): string {
  return address.split('@')[0] ?? address;
}

/** The end of a log: the beginning is the same for every phone. */
function tail(log: string): string {
  return log.split('\n').slice(-60).join('\n');
}
