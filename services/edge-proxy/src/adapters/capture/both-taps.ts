import type { MessageTap } from '@ringdown/sip-runtime';

/** A tap for two who want every message. */
export function bothTaps(one: MessageTap, other: MessageTap): MessageTap {
  return {
    received: (raw, flow) => {
      one.received(raw, flow);
      other.received(raw, flow);
    },
    sent: (raw, flow) => {
      one.sent(raw, flow);
      other.sent(raw, flow);
    },
  };
}
