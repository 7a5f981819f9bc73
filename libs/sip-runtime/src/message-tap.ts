import type { Flow } from '@ringdown/sip-transport';

/** Sees each message of a stack, in order and as it is on the wire. It is called for every one of them: it must be quick, and must not throw. */
export interface MessageTap {
  /** It has come in, and nothing was made of it yet; it may be no SIP at all. */
  received(raw: string, flow: Flow): void;
  /** The flow has taken it. */
  sent(raw: string, flow: Flow): void;
}
