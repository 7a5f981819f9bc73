import type { AgreedCodec, Codec } from '@ringdown/sdp';
import { type CodecMatch, codecsOf, intersectCodecs, isAuxiliary, type MediaDescription } from '@ringdown/sdp';
import type { AudioCodec, AudioLeg } from '../../ports/mixer.js';

type Encoding = AudioCodec['encoding'];

interface Format {
  readonly payloadType: number;
  readonly name: string;
  readonly clockRateHz: number;
  readonly channels: number;
  readonly parameters: string | undefined;
}

/** As this side offers them. RFC 7587 §6.1: what this side would like to receive; the clock rate is 48000/2 whatever is sent. */
const formats: Readonly<Record<Encoding, Format>> = {
  PCMU: { payloadType: 0, name: 'PCMU', clockRateHz: 8_000, channels: 1, parameters: undefined },
  PCMA: { payloadType: 8, name: 'PCMA', clockRateHz: 8_000, channels: 1, parameters: undefined },
  // RFC 3551 §4.5.2: G.722 samples at 16 kHz, and its clock rate stays 8000 for history's sake.
  G722: { payloadType: 9, name: 'G722', clockRateHz: 8_000, channels: 1, parameters: undefined },
  opus: { payloadType: 111, name: 'opus', clockRateHz: 48_000, channels: 2, parameters: 'useinbandfec=1' },
};

/** RFC 4733: one for each clock rate, since events share the timestamps of the audio beside them (§2.1). */
const events: readonly Format[] = [
  { payloadType: 101, name: 'telephone-event', clockRateHz: 8_000, channels: 1, parameters: '0-16' },
  { payloadType: 110, name: 'telephone-event', clockRateHz: 48_000, channels: 1, parameters: '0-16' },
];

const encodings: ReadonlyMap<string, Encoding> = new Map([
  ['PCMU', 'PCMU'],
  ['PCMA', 'PCMA'],
  ['G722', 'G722'],
  ['OPUS', 'opus'],
]);

/** What is offered where nothing was agreed before: the codecs and the events of their clock rates. */
export function offeredAudio(wanted: readonly Encoding[]): Codec[] {
  const codecs = wanted.map((encoding) => formats[encoding]);
  return [...codecs, ...events.filter((event) => codecs.some((codec) => codec.clockRateHz === event.clockRateHz))];
}

/**
 * What this side takes of an offered stream, in the offer's order: every codec of both, and events of one clock rate, that of the codec
 * that comes first where it is on offer. Empty where no codec is common.
 */
export function takenAudio(offered: MediaDescription, wanted: readonly Encoding[]): readonly Codec[] {
  const common = intersectCodecs(codecsOf(offered), [...wanted.map((encoding) => formats[encoding]), ...events]);
  const spoken = common.filter((match) => !isAuxiliary(match.offered));
  const [first] = spoken;
  if (first === undefined) return [];
  const event = eventFor(first.offered.clockRateHz, common);
  return [...spoken, ...(event === undefined ? [] : [event])].map((match) => match.supported);
}

function eventFor(clockRateHz: number, common: readonly CodecMatch[]): CodecMatch | undefined {
  const offered = common.filter((match) => isAuxiliary(match.offered));
  return offered.find((match) => match.offered.clockRateHz === clockRateHz) ?? offered[0];
}

/** What was agreed on as the mixer wants it; undefined where there is no codec among it. `lengthMs`: of the packets that the other side wants. */
export function agreedAudio(
  agreed: readonly AgreedCodec[],
  lengthMs: number,
): Pick<AudioLeg, 'codec' | 'accepted' | 'dtmf'> | undefined {
  const accepted: AudioCodec[] = [];
  for (const { codec, sendPayloadType, receivePayloadType } of agreed) {
    const encoding = encodings.get(codec.name.toUpperCase());
    if (encoding === undefined) continue;
    const ptimeMs = packetLengthMs(encoding, lengthMs);
    const opus = encoding === 'opus' ? { opus: readOpus(codec.parameters) } : {};
    accepted.push({ encoding, sendPayloadType, receivePayloadType, ptimeMs, ...opus });
  }
  const [codec] = accepted;
  if (codec === undefined) return undefined;
  const event = agreed.find((candidate) => isAuxiliary(candidate.codec));
  const dtmf =
    event === undefined
      ? undefined
      : {
          sendPayloadType: event.sendPayloadType,
          receivePayloadType: event.receivePayloadType,
          clockRate: event.codec.clockRateHz,
        };
  return { codec, accepted, dtmf };
}

/** RFC 7587 §7: what the other side can and would like to receive. */
export function readOpus(parameters: string | undefined): NonNullable<AudioCodec['opus']> {
  const values = new Map<string, number>();
  for (const part of (parameters ?? '').split(';')) {
    const [name = '', value = ''] = part.split('=', 2);
    if (/^\s*\d{1,7}\s*$/.test(value)) values.set(name.trim().toLowerCase(), Number(value));
  }
  const bitrate = values.get('maxaveragebitrate');
  return {
    // RFC 7587 §6.1: 6000 to 510000 bit/s.
    ...(bitrate === undefined ? {} : { maxAverageBitrate: Math.min(510_000, Math.max(6_000, bitrate)) }),
    inbandFec: values.get('useinbandfec') === 1,
    dtx: values.get('usedtx') === 1,
  };
}

/** The longest packet a codec has that isn't longer than what is wanted; opus has none of 30 or 50 ms (RFC 6716 §2.1.4). */
function packetLengthMs(encoding: Encoding, wantedMs: number): number {
  const tens = Math.min(60, Math.max(10, Math.floor(wantedMs / 10) * 10));
  if (encoding !== 'opus') return tens;
  return tens === 30 ? 20 : tens === 50 ? 40 : tens;
}
