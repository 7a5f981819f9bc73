import { ownString, type SipRequest, type SipUri } from '@ringdown/sip-message';
import { type KeyRing, openRouteToken, TOKEN_NONCE_BYTES, type TokenDialog } from '@ringdown/sip-proxy';
import { RecentlyUsed } from '@ringdown/sip-transport';
import { type Call, callOf, type KnownCall, sealCall } from '../../domain/call-token.js';
import { RandomPool } from './random-pool.js';

/** A call that a request's route names, and the side that sent the request. */
export interface CallOfRequest {
  readonly call: KnownCall;
  readonly fromOriginator: boolean;
}

interface Remembered extends TokenDialog {
  readonly call: KnownCall;
}

/** Enough for the ACKs and short calls of a busy edge; what isn't remembered is opened with the key. */
const defaultCapacity = 16_384;

/**
 * Seals calls into tokens and opens them. It remembers what it has lately sealed or opened, so that the next request of the dialog costs no
 * cipher: a token that equals one of those, in the dialog that it was made for, is authentic without another look.
 */
export class SealedCalls {
  readonly #random = new RandomPool();
  readonly #recent: RecentlyUsed<string, Remembered>;

  constructor(
    private readonly ring: KeyRing,
    capacity = defaultCapacity,
  ) {
    this.#recent = new RecentlyUsed(capacity);
  }

  /** Forgets what was opened: a token of a key that is no longer in the ring must not be known any more. */
  forget(): void {
    this.#recent.clear();
  }

  seal(call: Call, dialog: TokenDialog): string {
    const { token, known } = sealCall(call, dialog, this.ring, this.#random.take(TOKEN_NONCE_BYTES));
    this.#remember(token, dialog.callId, dialog.originatorTag, known);
    return token;
  }

  /** The call in the own routes that a request carried; undefined where there is none, or it is another dialog's or not ours. */
  open(request: SipRequest, popped: readonly SipUri[]): CallOfRequest | undefined {
    const token = popped.find((uri) => uri.user !== undefined)?.user;
    // A token is about a dialog; outside one it is ignored.
    if (token === undefined || request.toTag === undefined) return undefined;
    const known = this.#recent.get(token);
    if (known !== undefined && known.callId === request.callId) {
      if (known.originatorTag === request.fromTag) return { call: known.call, fromOriginator: true };
      if (known.originatorTag === request.toTag) return { call: known.call, fromOriginator: false };
    }
    const opened = openRouteToken(request, popped, this.ring);
    if (opened.kind !== 'opened') return undefined;
    const call = callOf(opened.token.payload);
    const originatorTag = (opened.fromOriginator ? request.fromTag : request.toTag) ?? '';
    this.#remember(ownString(token), request.callId, originatorTag, call);
    return { call, fromOriginator: opened.fromOriginator };
  }

  #remember(token: string, callId: string, originatorTag: string, call: KnownCall): void {
    this.#recent.set(token, { callId: ownString(callId), originatorTag: ownString(originatorTag), call });
  }
}
