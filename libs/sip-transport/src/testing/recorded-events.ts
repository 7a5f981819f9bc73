import type { Flow, TransportEvents } from '../flow.js';
import type { Envelope, TransportErrorNotice } from '../siplink-envelope.js';

/** One call of a TransportEvents method. */
export type RecordedEvent =
  | { readonly type: 'message'; readonly raw: string; readonly flow: Flow; readonly envelope: Envelope | undefined }
  | { readonly type: 'malformed'; readonly head: string; readonly flow: Flow; readonly code: string }
  | { readonly type: 'flowClosed'; readonly flow: Flow; readonly reason: string }
  | { readonly type: 'sendFailed'; readonly flow: Flow; readonly error: Error }
  | { readonly type: 'peerSendFailed'; readonly notice: TransportErrorNotice; readonly flow: Flow };

/** Keeps what a port or link reports, and lets a test react to messages. */
export class RecordedEvents implements TransportEvents {
  readonly all: RecordedEvent[] = [];
  /** Called for each message after it was kept. */
  react: (raw: string, flow: Flow, envelope: Envelope | undefined) => void = () => {};

  message(raw: string, flow: Flow, envelope: Envelope | undefined): void {
    this.all.push({ type: 'message', raw, flow, envelope });
    this.react(raw, flow, envelope);
  }

  malformed(head: string, flow: Flow, code: string): void {
    this.all.push({ type: 'malformed', head, flow, code });
  }

  flowClosed(flow: Flow, reason: string): void {
    this.all.push({ type: 'flowClosed', flow, reason });
  }

  sendFailed(flow: Flow, error: Error): void {
    this.all.push({ type: 'sendFailed', flow, error });
  }

  peerSendFailed(notice: TransportErrorNotice, flow: Flow): void {
    this.all.push({ type: 'peerSendFailed', notice, flow });
  }

  get messages(): readonly string[] {
    return this.all.flatMap((event) => (event.type === 'message' ? [event.raw] : []));
  }

  /** The reasons for which flows closed. */
  get closings(): readonly string[] {
    return this.all.flatMap((event) => (event.type === 'flowClosed' ? [event.reason] : []));
  }
}
