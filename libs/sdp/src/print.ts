import type {
  Attribute,
  Bandwidth,
  Connection,
  MediaDescription,
  Origin,
  SessionDescription,
} from './session-description.js';

/** The value of an `o=` line. */
export function printOrigin(origin: Origin): string {
  return `${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${origin.addressType} ${origin.address}`;
}

/** The value of a `c=` line. */
export function printConnection(connection: Connection): string {
  let value = `IN ${connection.addressType} ${connection.address}`;
  if (connection.ttl !== undefined) value += `/${connection.ttl}`;
  if (connection.addressCount !== undefined) value += `/${connection.addressCount}`;
  return value;
}

/** The value of an `m=` line. */
export function printMediaLine(
  media: Pick<MediaDescription, 'media' | 'port' | 'portCount' | 'protocol' | 'formats'>,
): string {
  const ports = media.portCount === undefined ? `${media.port}` : `${media.port}/${media.portCount}`;
  return `${media.media} ${ports} ${media.protocol} ${media.formats.join(' ')}`;
}

/** The value of an `a=` line. */
export function printAttribute(attribute: Attribute): string {
  return attribute.value === undefined ? attribute.name : `${attribute.name}:${attribute.value}`;
}

function printTail(bandwidths: readonly Bandwidth[]): string {
  return bandwidths.map((bandwidth) => `b=${bandwidth.type}:${bandwidth.value}\r\n`).join('');
}

function printAttributes(attributes: readonly Attribute[]): string {
  return attributes.map((attribute) => `a=${printAttribute(attribute)}\r\n`).join('');
}

function printMedia(media: MediaDescription): string {
  let text = `m=${printMediaLine(media)}\r\n`;
  if (media.information !== undefined) text += `i=${media.information}\r\n`;
  for (const connection of media.connections) text += `c=${printConnection(connection)}\r\n`;
  return text + printTail(media.bandwidths) + printAttributes(media.attributes);
}

/** A description as text, its lines in the order of RFC 8866 §5 and ended with CRLF. */
export function printSession(session: SessionDescription): string {
  let text = `v=0\r\no=${printOrigin(session.origin)}\r\ns=${session.sessionName}\r\n`;
  if (session.information !== undefined) text += `i=${session.information}\r\n`;
  if (session.uri !== undefined) text += `u=${session.uri}\r\n`;
  for (const email of session.emails) text += `e=${email}\r\n`;
  for (const phone of session.phones) text += `p=${phone}\r\n`;
  if (session.connection !== undefined) text += `c=${printConnection(session.connection)}\r\n`;
  text += printTail(session.bandwidths);
  for (const time of session.times) {
    text += `t=${time.start} ${time.stop}\r\n`;
    for (const repeat of time.repeats) text += `r=${repeat}\r\n`;
  }
  if (session.timeZones !== undefined) text += `z=${session.timeZones}\r\n`;
  text += printAttributes(session.attributes);
  for (const media of session.media) text += printMedia(media);
  return text;
}
