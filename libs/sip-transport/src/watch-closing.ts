import type { Flow, TransportEvents } from './flow.js';

/** The same events, with `closed` called after a flow's closing has been told. */
export function watchClosing(events: TransportEvents, closed: (flow: Flow) => void): TransportEvents {
  return {
    message: (raw, flow, envelope) => events.message(raw, flow, envelope),
    malformed: (head, flow, code) => events.malformed(head, flow, code),
    sendFailed: (flow, error) => events.sendFailed(flow, error),
    peerSendFailed: (notice, flow) => events.peerSendFailed?.(notice, flow),
    flowClosed: (flow, reason) => {
      events.flowClosed(flow, reason);
      closed(flow);
    },
  };
}
