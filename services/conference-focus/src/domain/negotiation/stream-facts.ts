import { attributeValue, type MediaDescription } from '@ringdown/sdp';
import type { MediaAddress, StreamLeg } from '../../ports/mixer.js';

const numeric = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f:.]*:[\da-f:.]*)$/i;

/** RFC 3551 §4.2: the length of packets where nobody asks for another. */
const usualLengthMs = 20;

/**
 * Where the other side wants its media; undefined where it doesn't say: a name (nothing here asks the DNS), the unspecified address, or
 * the discard port of descriptions whose address comes later.
 */
export function remoteOf(address: string, port: number): MediaAddress | undefined {
  if (!numeric.test(address) || /^[0:.]+$/.test(address) || port === 0 || port === 9) return undefined;
  return { host: address, port };
}

/** RFC 5761 §5.1.1 and RFC 3605. `address` is the stream's own. */
export function rtcpOf(media: MediaDescription, address: string): StreamLeg['rtcp'] {
  if (attributeValue(media.attributes, 'rtcp-mux') !== undefined) return 'mux';
  const match = /^(\d{1,5})(?:\s+IN\s+IP[46]\s+(\S+))?\s*$/i.exec(attributeValue(media.attributes, 'rtcp') ?? '');
  return match === null ? undefined : remoteOf(match[2] ?? address, Number(match[1]));
}

/** How long packets are to be that the other side gets: its ptime, not above its maxptime (RFC 8866 §6.4). */
export function packetLengthOf(media: MediaDescription): number {
  const wanted = milliseconds(media, 'ptime') ?? usualLengthMs;
  return Math.min(wanted, milliseconds(media, 'maxptime') ?? wanted);
}

function milliseconds(media: MediaDescription, name: string): number | undefined {
  const value = Number(attributeValue(media.attributes, name) ?? 0);
  return value > 0 && value <= 1_000 ? value : undefined;
}
