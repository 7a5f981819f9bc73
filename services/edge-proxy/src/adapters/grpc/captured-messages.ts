import { edge } from '@ringdown/contracts';
import type { TransportName } from '@ringdown/sip-transport';
import type { CapturedMessage } from '../../domain/captured-message.js';
import type { MessagesOfEdge } from '../../use-cases/find-call-messages.js';
import { keepReasonFromWire, keepReasonOnWire } from '../bus/keep-events.js';

/** What an edge answers another one; undefined where it keeps no messages. */
export function foundToWire(found: MessagesOfEdge | undefined): edge.FindMessagesResponse {
  return {
    messages: (found?.messages ?? []).map(messageToWire),
    truncated: found?.truncated ?? false,
    capturing: found !== undefined,
    reachesBackMs: Math.round(found?.reachesBackMs ?? 0),
    kept: found?.kept === undefined ? edge.KeepReason.UNSPECIFIED : keepReasonOnWire[found.kept],
  };
}

/** What the edge of this id has answered; undefined where it keeps no messages. */
export function foundFromWire(edgeId: string, response: edge.FindMessagesResponse): MessagesOfEdge | undefined {
  if (!response.capturing) return undefined;
  return {
    messages: response.messages.map((message) => messageFromWire(edgeId, message)),
    truncated: response.truncated,
    reachesBackMs: response.reachesBackMs,
    kept: keepReasonFromWire(response.kept),
  };
}

function messageToWire({
  atUs,
  direction,
  transport,
  local,
  remote,
  peer,
  raw,
}: CapturedMessage): edge.CapturedMessage {
  return {
    atUs: Math.round(atUs),
    sent: direction === 'sent',
    transport,
    localHost: local.host,
    localPort: local.port,
    remoteHost: remote.host,
    remotePort: remote.port,
    peer: peer ?? '',
    sip: Buffer.from(raw, 'latin1'),
  };
}

function messageFromWire(edgeId: string, message: edge.CapturedMessage): CapturedMessage {
  return {
    edgeId,
    atUs: message.atUs,
    direction: message.sent ? 'sent' : 'received',
    transport: message.transport as TransportName,
    local: { host: message.localHost, port: message.localPort },
    remote: { host: message.remoteHost, port: message.remotePort },
    peer: message.peer === '' ? undefined : message.peer,
    raw: message.sip.toString('latin1'),
  };
}
