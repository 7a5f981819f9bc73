import { type Attribute, connectionOf, type MediaDescription, type SessionDescription } from './session-description.js';

/** Which way media flows, seen from the one who wrote the description (RFC 8866 §6.7). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

const DIRECTIONS: ReadonlySet<string> = new Set<Direction>(['sendrecv', 'sendonly', 'recvonly', 'inactive']);

function isDirection(name: string): name is Direction {
  return DIRECTIONS.has(name);
}

function directionAmong(attributes: readonly Attribute[]): Direction | undefined {
  for (const { name } of attributes) if (isDirection(name)) return name;
  return undefined;
}

/** A stream's direction: its own attribute, else the session's, else sendrecv (RFC 8866 §6.7, RFC 3264 §5.1). */
export function directionOf(session: SessionDescription, media: MediaDescription): Direction {
  return directionAmong(media.attributes) ?? directionAmong(session.attributes) ?? 'sendrecv';
}

/** The same attributes with one direction in place of any that were there. */
export function withDirection(attributes: readonly Attribute[], direction: Direction): Attribute[] {
  return [...attributes.filter(({ name }) => !isDirection(name)), { name: direction, value: undefined }];
}

/**
 * The direction to answer with (RFC 3264 §6.1): what the offer leaves, cut down to what the answerer wants, both seen from the
 * answerer's side.
 */
export function answerDirection(offered: Direction, wanted: Direction): Direction {
  const send = (offered === 'sendrecv' || offered === 'recvonly') && (wanted === 'sendrecv' || wanted === 'sendonly');
  const receive =
    (offered === 'sendrecv' || offered === 'sendonly') && (wanted === 'sendrecv' || wanted === 'recvonly');
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::' || address === '0:0:0:0:0:0:0:0';
}

/**
 * True if the writer of this description holds the stream: it asks not to be sent media, by sendonly or inactive (RFC 3264 §8.4) or,
 * in the manner of RFC 2543, by the unspecified address. A rejected stream (port 0) is not held.
 */
export function isHeld(session: SessionDescription, media: MediaDescription): boolean {
  if (media.port === 0) return false;
  const direction = directionOf(session, media);
  if (direction === 'sendonly' || direction === 'inactive') return true;
  const connection = connectionOf(session, media);
  return connection !== undefined && isUnspecified(connection.address);
}
