import type { HeaderField, SipRequest, SipResponse } from '@ringdown/sip-message';
import type {
  InviteServerTransaction,
  ServerTransaction,
  TimerValues,
  TimerWheel,
  TransactionFlow,
} from '@ringdown/sip-transaction';
import type { Dialog, RequestDraft } from './dialog.js';
import type { InviteClient } from './invite-client.js';
import type { InviteServer } from './invite-server.js';
import type { InviteSession } from './invite-session.js';
import type { Notifier } from './notifier.js';
import type { Subscription } from './subscription.js';

/** Whoever sent a request, to be told of everything that comes of it. */
export interface RequestOwner {
  receiveResponse(now: number, request: OutgoingRequest, response: SipResponse): void;
  /** No answer came: 408 for a timeout, 503 for a transport error or where no next hop is (RFC 3261 §8.1.3.1). */
  requestFailed(now: number, request: OutgoingRequest, statusCode: 408 | 503): void;
  /**
   * Sends a refused request once more, with a new sequence number and these headers (RFC 3261 §8.1.3.5). To be called
   * in the place of `receiveResponse`, which would take the refusal for the end.
   */
  retry(now: number, request: OutgoingRequest, headers: readonly HeaderField[]): void;
}

/** A request under way: the identity by which its responses, its failure and its CANCEL are found. */
export class OutgoingRequest {
  readonly draft: RequestDraft;
  readonly owner: RequestOwner;

  constructor(draft: RequestDraft, owner: RequestOwner) {
    this.draft = draft;
    this.owner = owner;
  }
}

/** Why a session ended. */
export type EndCause =
  | 'bye-received'
  | 'bye-sent'
  | 'no-acknowledgement'
  | 'dialog-gone'
  | 'session-expired'
  | 'never-wanted';

/** What the cores want done, and what they have to tell whoever uses them. */
export type UserAgentEffect<F extends TransactionFlow> =
  /** Begin a client transaction: prepend a Via, send to the next hop, and tell the owner what comes of it. */
  | { readonly type: 'request'; readonly request: OutgoingRequest }
  /** Send an ACK for a 2xx, which has no transaction, with a Via and a fresh branch. */
  | { readonly type: 'acknowledge'; readonly draft: RequestDraft }
  /** Cancel the INVITE of this request (RFC 3261 §9.1). */
  | { readonly type: 'cancel'; readonly request: OutgoingRequest; readonly headers: readonly HeaderField[] }
  /** End this INVITE's client transaction: no final response came in 64*T1 after its CANCEL (RFC 3261 §9.1). */
  | { readonly type: 'abandon'; readonly request: OutgoingRequest }
  | {
      readonly type: 'respond';
      readonly transaction: ServerTransaction<F>;
      readonly statusCode: number;
      readonly raw: string;
    }
  /** An INVITE outside a dialog: answer it through `call`. */
  | { readonly type: 'incoming'; readonly call: InviteServer<F> }
  /** The caller gave up, or its INVITE expired; 487 has gone out. */
  | { readonly type: 'cancelled'; readonly call: InviteServer<F> }
  /** A request that no machine here answers. `dialog` is undefined outside dialogs. */
  | {
      readonly type: 'incomingRequest';
      readonly transaction: ServerTransaction<F>;
      readonly request: SipRequest;
      readonly dialog: Dialog | undefined;
      readonly session: InviteSession<F> | undefined;
    }
  | {
      readonly type: 'provisional';
      readonly call: InviteClient<F>;
      readonly response: SipResponse;
      readonly dialog: Dialog | undefined;
    }
  /** A 2xx made a session; a forked INVITE may make several. Without an offer in the INVITE, `acknowledge` is owed. */
  | {
      readonly type: 'established';
      readonly call: InviteClient<F>;
      readonly session: InviteSession<F>;
      readonly response: SipResponse;
    }
  /** No session came of the call. */
  | {
      readonly type: 'failed';
      readonly call: InviteClient<F>;
      readonly statusCode: number;
      readonly response: SipResponse | undefined;
    }
  /** The ACK for our 2xx. */
  | { readonly type: 'acknowledged'; readonly session: InviteSession<F>; readonly request: SipRequest }
  /** A re-INVITE to answer through `session.answer`. */
  | {
      readonly type: 'reinvite';
      readonly session: InviteSession<F>;
      readonly transaction: InviteServerTransaction<F>;
    }
  /** The final answer to our re-INVITE; undefined when none came. */
  | {
      readonly type: 'reinvited';
      readonly session: InviteSession<F>;
      readonly statusCode: number;
      readonly response: SipResponse | undefined;
    }
  /** The answer to another request of ours within the session's dialog. */
  | {
      readonly type: 'answered';
      readonly session: InviteSession<F>;
      readonly request: OutgoingRequest;
      readonly statusCode: number;
      readonly response: SipResponse | undefined;
    }
  /** The session is to be refreshed now (RFC 4028), by an UPDATE or a re-INVITE; told again where that fails. */
  | { readonly type: 'refreshDue'; readonly session: InviteSession<F> }
  | { readonly type: 'ended'; readonly session: InviteSession<F>; readonly cause: EndCause }
  /** A SUBSCRIBE or REFER that wants a subscription: answer it through `notifier`. */
  | { readonly type: 'subscribe'; readonly notifier: Notifier<F>; readonly request: SipRequest }
  /** The subscriber refreshed, and was answered. */
  | { readonly type: 'refreshed'; readonly notifier: Notifier<F>; readonly request: SipRequest }
  /** The final answer to a NOTIFY that the subscription outlives; 503 where there was none. */
  | { readonly type: 'notifyAnswered'; readonly notifier: Notifier<F>; readonly statusCode: number }
  | { readonly type: 'unsubscribed'; readonly notifier: Notifier<F>; readonly reason: string }
  | { readonly type: 'notified'; readonly subscription: Subscription<F>; readonly request: SipRequest }
  | {
      readonly type: 'subscriptionAnswered';
      readonly subscription: Subscription<F>;
      readonly response: SipResponse;
    }
  | {
      readonly type: 'subscriptionEnded';
      readonly subscription: Subscription<F>;
      readonly reason: string;
      readonly statusCode: number | undefined;
    };

/** What the machines of one user agent work on; the wheel and the effects are the caller's. */
export interface UserAgentContext<F extends TransactionFlow> {
  readonly wheel: TimerWheel;
  readonly effects: UserAgentEffect<F>[];
  readonly timers: TimerValues;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  /** A tag that was never given before (RFC 3261 §19.3). */
  readonly nextTag: () => string;
  readonly directory: DialogDirectory<F>;
}

/** Where dialogs and what uses them are found by the messages that come for them. The last use to be removed ends a dialog. */
export interface DialogDirectory<F extends TransactionFlow> {
  addSession(session: InviteSession<F>): void;
  removeSession(session: InviteSession<F>): void;
  addCall(call: InviteServer<F>): void;
  removeCall(call: InviteServer<F>): void;
  addNotifier(notifier: Notifier<F>): void;
  removeNotifier(notifier: Notifier<F>): void;
  addSubscription(subscription: Subscription<F>): void;
  removeSubscription(subscription: Subscription<F>): void;
}
