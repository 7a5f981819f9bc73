import { hash, hkdfSync } from 'node:crypto';
import { Header, ownString, parseNameAddr, parseUri, type SipRequest, type SipUri } from '@ringdown/sip-message';
import { type KeyRing, openRouteToken, openToken, TOKEN_NONCE_BYTES, type TokenDialog } from '@ringdown/sip-proxy';
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
/** Of a call's name: 16 hexadecimal digits. */
const keyDigits = 16;

/**
 * Seals calls into tokens and opens them. It remembers what it has lately sealed or opened, so that the next request of the dialog costs no
 * cipher: a token that equals one of those, in the dialog that it was made for, is authentic without another look.
 */
export class SealedCalls {
  readonly #random = new RandomPool();
  readonly #recent: RecentlyUsed<string, Remembered>;
  #naming: { readonly keyId: number; readonly key: string } | undefined;

  constructor(
    private readonly ring: KeyRing,
    capacity = defaultCapacity,
  ) {
    this.#recent = new RecentlyUsed(capacity);
  }

  /**
   * The platform's own name of a call that begins with this transaction: the same at every edge that the request comes to, so that one which is sent again when its
   * edge has died goes on to be the same call. Nobody outside can compute it.
   */
  keyOf(callId: string, transactionKey: string): string {
    return hash('sha256', `${this.#namingKey()}\n${callId}\n${transactionKey}`, 'hex').slice(0, keyDigits);
  }

  /** The call in the topmost route that an INVITE has recorded, which the edge before this one has written; undefined where it is not ours. */
  recordedIn(invite: SipRequest): KnownCall | undefined {
    const address = parseNameAddr(invite.list(Header.RecordRoute)[0] ?? '');
    const uri = address?.kind === 'name-addr' ? parseUri(address.uri) : undefined;
    const token = uri?.kind === 'sip' ? uri.user : undefined;
    if (token === undefined) return undefined;
    const opened = openToken(token, { callId: invite.callId, originatorTag: invite.fromTag ?? '' }, this.ring);
    return opened.kind === 'token' ? callOf(opened.payload) : undefined;
  }

  #namingKey(): string {
    const { currentKeyId, keys } = this.ring;
    if (this.#naming?.keyId !== currentKeyId) {
      const key = keys.get(currentKeyId);
      if (key === undefined) throw new Error('the current key is one of the ring');
      this.#naming = {
        keyId: currentKeyId,
        key: Buffer.from(hkdfSync('sha256', key, '', 'ringdown call name', 32)).toString('hex'),
      };
    }
    return this.#naming.key;
  }

  /** Forgets what was opened: a token of a key that is no longer in the ring must not be known any more. */
  forget(): void {
    this.#recent.clear();
    this.#naming = undefined;
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
