import type { Via } from '@ringdown/sip-message';
import type { Flow } from '@ringdown/sip-transport';

/** RFC 3261 §19.1.2: the port of a sent-by that names none. */
const defaultPort = 5060;
const defaultTlsPort = 5061;

/**
 * Where the responses to a request go (RFC 3261 §18.2.2, RFC 3581 §4), given the flow it came on and its topmost Via.
 *
 * A deviation: `maddr` is not followed. Responses to an address of the sender's choice would let anyone aim this element
 * at a third party; multicast, its purpose, isn't served here.
 */
export function responseFlow(via: Via, flow: Flow): Flow {
  // RFC 3261 §18.2.2: over a reliable transport, the connection the request came on.
  if (flow.reliable) return flow;
  // RFC 3581 §4: rport was asked for, so the response retraces the request's way.
  if (via.rport !== undefined) return flow;
  const port = via.port ?? defaultPort;
  return port === flow.remote.port ? flow : flow.flowTo({ host: flow.remote.host, port });
}

/**
 * Where a response goes whose connection is gone: to the source address, at the port in sent-by (RFC 3261 §18.2.2).
 * Over TLS who is there must prove to be the host in sent-by. Undefined for WebSocket, which a
 * server can't open (RFC 7118 §5.2.1), and for SipLink, whose peer has already taken the broken stream for a transport error.
 */
export function responseFlowAfterClose(via: Via, closed: Flow): Flow | undefined {
  const { host } = closed.remote;
  let flow: Flow;
  if (closed.transport === 'TCP') flow = closed.flowTo({ host, port: via.port ?? defaultPort });
  else if (closed.transport === 'TLS') flow = closed.flowTo({ host, port: via.port ?? defaultTlsPort }, via.host);
  else return undefined;
  return flow.closed ? undefined : flow;
}
