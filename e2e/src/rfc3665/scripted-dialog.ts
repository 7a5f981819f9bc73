import { uriIn, type WireMessage } from '../peers/wire-message.js';
import type { HeaderLine, ScriptedPhone } from './scripted-phone.js';

interface DialogParts {
  readonly phone: ScriptedPhone;
  readonly callId: string;
  /** The From and To of this side's requests, with their tags. */
  readonly from: string;
  readonly to: string;
  /** Route values in the order in which this side writes them. */
  readonly routeSet: readonly string[];
  readonly remoteTarget: string;
  readonly cseq: number;
}

/** A dialog as one of its phones has it (RFC 3261 §12.1): enough to write the requests of a figure. */
export class ScriptedDialog {
  private cseq: number;

  private constructor(private readonly parts: DialogParts) {
    this.cseq = parts.cseq;
  }

  /** The caller's, from what the 2xx said (RFC 3261 §12.1.2). */
  static ofCaller(phone: ScriptedPhone, invite: WireMessage, accepted: WireMessage): ScriptedDialog {
    return new ScriptedDialog({
      phone,
      callId: invite.callId,
      from: invite.header('From'),
      to: accepted.header('To'),
      routeSet: [...accepted.list('Record-Route')].reverse(),
      remoteTarget: uriIn(accepted.header('Contact')),
      cseq: invite.cseq,
    });
  }

  /** The callee's, from the INVITE and its own 2xx (RFC 3261 §12.1.1). */
  static ofCallee(phone: ScriptedPhone, invite: WireMessage, accepted: WireMessage): ScriptedDialog {
    return new ScriptedDialog({
      phone,
      callId: invite.callId,
      from: accepted.header('To'),
      to: invite.header('From'),
      routeSet: invite.list('Record-Route'),
      remoteTarget: uriIn(invite.header('Contact')),
      cseq: 0,
    });
  }

  /** The Request-URI of this side's requests. */
  get remoteTarget(): string {
    return this.parts.remoteTarget;
  }

  /** The same dialog, gone on with at another address. */
  movedTo(phone: ScriptedPhone): ScriptedDialog {
    return new ScriptedDialog({ ...this.parts, phone, cseq: this.cseq });
  }

  /** RFC 3261 §13.2.2.4: the ACK of a 2xx is a request of its own, from end to end. */
  acknowledge(sdp = '', headers: readonly HeaderLine[] = []): WireMessage {
    return this.send('ACK', this.cseq, sdp, headers);
  }

  /** Sends the next request (RFC 3261 §12.2.1.1). */
  request(method: string, sdp = '', headers: readonly HeaderLine[] = []): WireMessage {
    this.cseq += 1;
    return this.send(method, this.cseq, sdp, headers);
  }

  private send(method: string, cseq: number, sdp: string, headers: readonly HeaderLine[]): WireMessage {
    const { phone, callId, from, to, routeSet, remoteTarget } = this.parts;
    return phone.send(
      phone.write(method, remoteTarget, sdp, [
        ['Max-Forwards', '70'],
        ...routeSet.map((route): HeaderLine => ['Route', route]),
        ['From', from],
        ['To', to],
        ['Call-ID', callId],
        ['CSeq', `${cseq} ${method}`],
        ...headers,
      ]),
      hostPortOf(routeSet[0] ?? remoteTarget),
    );
  }
}

/** Where a URI with a numeric host leads. */
function hostPortOf(value: string): { readonly host: string; readonly port: number } {
  const match = /sips?:(?:[^@>]*@)?([^:;>]+)(?::(\d+))?/.exec(uriIn(value));
  return { host: match?.[1] ?? '', port: Number(match?.[2] ?? 5060) };
}
