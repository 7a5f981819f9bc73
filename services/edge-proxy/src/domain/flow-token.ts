/** What a flow token says of the flow it names, within the edge that made it. */
export type FlowReference =
  /** A UDP pinhole: whoever sends from the edge's port to this address reaches the phone. */
  | {
      readonly kind: 'udp';
      readonly host: string;
      readonly port: number;
      /** The address that the phone knows the edge by; absent where an edge has one for UDP in the phone's family. */
      readonly listener?: string;
    }
  /** A connection, which only the edge that holds it can use. */
  | { readonly kind: 'connection'; readonly transport: string; readonly id: number };

/**
 * Writes a flow token (RFC 5626 §5.2). It stays inside of the platform: in a binding, in an envelope, never in a SIP message, so it is neither
 * sealed nor opaque.
 */
export function flowToken(reference: FlowReference): string {
  if (reference.kind === 'connection') return `${reference.transport.toLowerCase()}#${reference.id}`;
  const { host, port, listener } = reference;
  return listener === undefined ? `udp/${host}/${port}` : `udp/${host}/${port}/${listener}`;
}

/** Reads a flow token; undefined when it is none of ours. */
export function parseFlowToken(token: string): FlowReference | undefined {
  const udp = /^udp\/([0-9a-fA-F:.]+)\/(\d{1,5})(?:\/([A-Za-z0-9._:[\]-]+))?$/.exec(token);
  if (udp !== null) {
    const [, host = '', digits, listener] = udp;
    const port = Number(digits);
    if (port < 1 || port > 65_535) return undefined;
    return listener === undefined ? { kind: 'udp', host, port } : { kind: 'udp', host, port, listener };
  }
  const connection = /^([a-z]+)#(\d{1,15})$/.exec(token);
  if (connection === null) return undefined;
  return { kind: 'connection', transport: (connection[1] ?? '').toUpperCase(), id: Number(connection[2]) };
}

/** Whether what goes over the flow of this token, told to another edge or not, is encrypted (RFC 5630 §5.3). */
export function isSecureToken(token: string): boolean {
  return /^(?:[0-9a-z]+:)?(?:tls|wss)#/.test(token);
}

/**
 * A flow token as one edge tells it to another, with the life of the edge that it is of: an address may be another edge's by now, or the same
 * one's next life, and connection 5 of that is somebody else's.
 */
export function tokenInLife(incarnation: string, token: string): string {
  return `${incarnation}:${token}`;
}

/** The flow token in what `tokenInLife` has made, if it is of this life. */
export function tokenOfLife(incarnation: string, text: string): string | undefined {
  const prefix = `${incarnation}:`;
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}
