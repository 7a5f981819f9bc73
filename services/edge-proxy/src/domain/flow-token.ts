/** What a flow token says of the flow it names, within the edge that made it. */
export type FlowReference =
  /** A UDP pinhole: whoever sends from the edge's port to this address reaches the phone. */
  | { readonly kind: 'udp'; readonly host: string; readonly port: number }
  /** A connection, which only the edge that holds it can use. */
  | { readonly kind: 'connection'; readonly transport: string; readonly id: number };

/**
 * Writes a flow token (RFC 5626 §5.2). It stays inside of the platform: in a binding, in an envelope, never in a SIP message, so it is neither
 * sealed nor opaque.
 */
export function flowToken(reference: FlowReference): string {
  if (reference.kind === 'udp') return `udp/${reference.host}/${reference.port}`;
  return `${reference.transport.toLowerCase()}#${reference.id}`;
}

/** Reads a flow token; undefined when it is none of ours. */
export function parseFlowToken(token: string): FlowReference | undefined {
  const udp = /^udp\/([0-9a-fA-F:.]+)\/(\d{1,5})$/.exec(token);
  if (udp !== null) {
    const port = Number(udp[2]);
    return port > 0 && port <= 65_535 ? { kind: 'udp', host: udp[1] ?? '', port } : undefined;
  }
  const connection = /^([a-z]+)#(\d{1,15})$/.exec(token);
  if (connection === null) return undefined;
  return { kind: 'connection', transport: (connection[1] ?? '').toUpperCase(), id: Number(connection[2]) };
}
