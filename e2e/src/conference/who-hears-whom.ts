import { loudness, type TonePhone } from '@ringdown/testbed';

/** Somebody with a voice, of whom nothing else is asked. */
export type Speaker = Pick<TonePhone, 'address' | 'toneHertz'>;

/** Whether a listener is to hear a speaker. Nobody hears itself. */
export type IsHeard = (listener: TonePhone, speaker: Speaker) => boolean;

/** What was heard: for each listener the amplitude of each speaker's tone, in their orders. */
type Amplitudes = readonly (readonly number[])[];

const settleMs = 20_000;
/** Long enough for no tone to be taken for another. */
const windowSec = 1;

export const everyOther: IsHeard = (listener, speaker) => listener !== speaker;

/** Everybody hears every other one of these, and those who are left out hear nobody and aren't heard. */
export function among(...members: readonly Speaker[]): IsHeard {
  return (listener, speaker) => listener !== speaker && members.includes(listener) && members.includes(speaker);
}

/**
 * Listens at all phones at once until a whole second has been as it is to be: whose tone is to be heard is heard, and every other one of these phones' tones is
 * not, nor that of any of `others`. Prints the table of that second. Rejects with the table of the last second, and what the phones tell, when that takes too long.
 */
export async function hearExactly(
  title: string,
  phones: readonly TonePhone[],
  isHeard: IsHeard,
  others: readonly Speaker[] = [],
): Promise<void> {
  const deadline = performance.now() + settleMs;
  const speakers = [...phones, ...others];
  const tones = speakers.map(({ toneHertz }) => toneHertz);
  for (;;) {
    const amplitudes = await Promise.all(phones.map((phone) => phone.listenFor(tones, windowSec)));
    const { text, isAsWanted } = table(title, phones, speakers, amplitudes, isHeard);
    if (isAsWanted) {
      process.stdout.write(`\n${text}`);
      return;
    }
    if (performance.now() > deadline) {
      const logs = await Promise.all(phones.map(async (phone) => `${phone.address}:\n${tail(await phone.log())}`));
      throw new Error(`${text}\n${logs.join('\n')}`);
    }
  }
}

/** A row for each listener and a column for each speaker; what isn't as wanted has a mark. */
function table(
  title: string,
  listeners: readonly TonePhone[],
  speakers: readonly Speaker[],
  amplitudes: Amplitudes,
  isHeard: IsHeard,
): { readonly text: string; readonly isAsWanted: boolean } {
  let isAsWanted = true;
  const cell = (listener: TonePhone, speaker: Speaker, amplitude: number): string => {
    const isRight = isHeard(listener, speaker) ? amplitude > loudness.heard : amplitude < loudness.silent;
    if (!isRight) isAsWanted = false;
    return `${Math.round(amplitude)}${isRight ? '' : ' WRONG'}`;
  };
  const rows = [
    ['hears', ...speakers.map((speaker) => `${nameOf(speaker)} ${speaker.toneHertz} Hz`)],
    ...listeners.map((listener, row) => [
      nameOf(listener),
      ...speakers.map((speaker, column) => cell(listener, speaker, amplitudes[row]?.[column] ?? 0)),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  ');
  return { text: `${title}\n${rows.map(line).join('\n')}\n`, isAsWanted };
}

function nameOf({ address }: Speaker): string {
  return address.split('@')[0] ?? address;
}

/** The end of a log: the beginning is the same for every phone. */
function tail(log: string): string {
  return log.split('\n').slice(-60).join('\n');
}
