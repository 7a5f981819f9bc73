import { randomBytes } from 'node:crypto';
import type { HostPort } from '../peers/recording-relay.js';
import { uriIn, type WireMessage } from '../peers/wire-message.js';
import { ScriptedDialog } from '../rfc3665/scripted-dialog.js';
import { type HeaderLine, ScriptedPhone } from '../rfc3665/scripted-phone.js';

export interface MemberOptions {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
  /** The edge that it is at. */
  readonly proxy: HostPort;
}

export interface CallOptions {
  readonly headers?: readonly HeaderLine[];
  /** Its offer; the member's own description unless told. */
  readonly sdp?: string;
}

/** A call that stands: what was sent, what came, and the dialog to go on in. */
export interface StandingCall {
  readonly invite: WireMessage;
  readonly accepted: WireMessage;
  readonly dialog: ScriptedDialog;
}

/** A phone of a conference's test: it answers challenges and NOTIFY by itself, and else does what the test says. */
export class ScriptedMember {
  /** Every NOTIFY that has come, in order; each was answered 200. */
  readonly notifications: WireMessage[] = [];
  /** How long it waits for an answer, or for what is to come. */
  waitMs = 10_000;
  private readonly wakers = new Set<() => void>();

  /** Registers as well unless told otherwise. `mediaPort` is where its descriptions want media. */
  static async open(options: MemberOptions, mediaPort: number, isRegistered = true): Promise<ScriptedMember> {
    const phone = await ScriptedPhone.open({ ...options, transport: 'UDP' });
    if (isRegistered) await phone.register();
    return new ScriptedMember(phone, mediaPort, isRegistered);
  }

  private constructor(
    readonly phone: ScriptedPhone,
    private readonly mediaPort: number,
    private readonly isRegistered: boolean,
  ) {
    phone.takes = (request) => {
      if (request.method !== 'NOTIFY') return false;
      phone.respond(request, 200, 'OK');
      this.notifications.push(request);
      for (const wake of this.wakers) wake();
      return true;
    };
  }

  get addressOfRecord(): string {
    return this.phone.addressOfRecord;
  }

  /** A description of one stream with G.711 and RFC 4733's events. */
  get description(): string {
    return descriptionOf(this.mediaPort);
  }

  /** Sends a request outside of any dialog, with credentials once it is challenged; resolves with it and its final answer. An INVITE that is refused gets its ACK. */
  async request(
    method: string,
    requestUri: string,
    headers: readonly HeaderLine[] = [],
    sdp = '',
  ): Promise<{ readonly sent: WireMessage; readonly answer: WireMessage }> {
    const callId = `${randomBytes(9).toString('hex')}@${this.phone.options.domain}`;
    for (let cseq = 1; ; cseq += 1) {
      const all = [this.phone.contactLine(), ...this.phone.credentials(method, requestUri), ...headers];
      const to = method === 'REGISTER' ? this.addressOfRecord : requestUri;
      const sent = this.phone.send(this.phone.compose(method, { requestUri, to, callId, cseq, headers: all, sdp }));
      const answer = await this.phone.find(
        (message) => message.callId === callId && message.cseq === cseq && (message.statusCode ?? 0) >= 200,
        `the answer to ${method} ${requestUri}`,
        this.waitMs,
      );
      const isChallenge = answer.statusCode === 401 || answer.statusCode === 407;
      if (method === 'INVITE' && (answer.statusCode ?? 0) >= 300) this.phone.acknowledge(sent, answer);
      if (!isChallenge || cseq > 2) return { sent, answer };
      this.phone.learn(answer);
    }
  }

  /** Calls a URI and acknowledges; rejects with the answer where it was refused. */
  async call(uri: string, { headers = [], sdp = this.description }: CallOptions = {}): Promise<StandingCall> {
    const { sent, answer } = await this.request('INVITE', uri, headers, sdp);
    if (answer.statusCode !== 200) throw new Error(`${this.addressOfRecord} called ${uri} and got\n${answer.raw}`);
    const dialog = ScriptedDialog.ofCaller(this.phone, sent, answer);
    dialog.acknowledge();
    return { invite: sent, accepted: answer, dialog };
  }

  /** Answers the next INVITE outside of a dialog, and has its ACK. */
  async answer(fits: (invite: WireMessage) => boolean = () => true): Promise<StandingCall> {
    const isNew = (message: WireMessage) => message.label === 'INVITE' && message.toTag === undefined && fits(message);
    const invite = await this.phone.find(isNew, 'INVITE');
    this.phone.respond(invite, 180, 'Ringing');
    const accepted = this.phone.respond(invite, 200, 'OK', this.description);
    const ofCall = (message: WireMessage) => message.label === 'ACK' && message.callId === invite.callId;
    await this.phone.find(ofCall, 'ACK');
    return { invite, accepted, dialog: ScriptedDialog.ofCallee(this.phone, invite, accepted) };
  }

  /** Subscribes to a conference's package; resolves with the answer, and the dialog where it is a 2xx. */
  async subscribe(uri: string, event = 'conference', expiresSec = 600) {
    const headers: readonly HeaderLine[] = [
      ['Event', event],
      ['Expires', String(expiresSec)],
      ['Accept', 'application/conference-info+xml'],
    ];
    const { sent, answer } = await this.request('SUBSCRIBE', uri, headers);
    const isAccepted = answer.statusCode !== undefined && answer.statusCode < 300;
    return { answer, dialog: isAccepted ? ScriptedDialog.ofCaller(this.phone, sent, answer) : undefined };
  }

  /** Sends a request within a dialog; resolves with its final answer. */
  async within(
    { dialog, invite }: Pick<StandingCall, 'dialog' | 'invite'>,
    method: string,
    headers: readonly HeaderLine[] = [],
    sdp = '',
  ): Promise<WireMessage> {
    const { cseq } = dialog.request(method, sdp, method === 'BYE' ? headers : [this.phone.contactLine(), ...headers]);
    return this.phone.find(
      (message) => message.callId === invite.callId && message.cseq === cseq && (message.statusCode ?? 0) >= 200,
      `the answer to ${method}`,
      this.waitMs,
    );
  }

  /** The focus hangs up: answers its BYE, and resolves with it. */
  async hungUp({ invite }: Pick<StandingCall, 'invite'>): Promise<WireMessage> {
    const ofCall = (message: WireMessage) => message.label === 'BYE' && message.callId === invite.callId;
    const bye = await this.phone.find(ofCall, 'BYE', this.waitMs);
    this.phone.respond(bye, 200, 'OK');
    return bye;
  }

  /** The first notification that fits; of those to come, too. */
  async notification(fits: (notify: WireMessage) => boolean, name: string): Promise<WireMessage> {
    const deadline = performance.now() + this.waitMs;
    for (;;) {
      const found = this.notifications.find(fits);
      if (found !== undefined) return found;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) {
        const seen = this.notifications.map(({ raw }) => raw).join('\n');
        throw new Error(`${this.addressOfRecord} was not notified of ${name}; there was\n${seen}`);
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.wakers.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, leftMs);
        this.wakers.add(wake);
      });
    }
  }

  /** Takes its binding with it: the next phone of the same user is to be its only one. */
  async close(): Promise<void> {
    if (this.isRegistered) await this.request('REGISTER', `sip:${this.phone.options.domain}`, [['Expires', '0']]);
    await this.phone.close();
  }
}

/** A description of one stream with G.711 and RFC 4733's events; with SRTP where there is a key, 30 bytes (RFC 4568). */
export function descriptionOf(port: number, srtpKey?: Buffer): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  const profile = srtpKey === undefined ? 'RTP/AVP' : 'RTP/SAVP';
  const crypto =
    srtpKey === undefined ? [] : [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${srtpKey.toString('base64')}`];
  const formats = ['a=rtpmap:0 PCMU/8000', 'a=rtpmap:101 telephone-event/8000'];
  return [...lines, `m=audio ${port} ${profile} 0 101`, ...formats, ...crypto, ''].join('\r\n');
}

/** Where a description wants audio. */
export function audioTarget(description: string): { readonly host: string; readonly port: number } {
  const host = /^c=IN IP[46] (\S+)/m.exec(description)?.[1];
  const port = /^m=audio (\d+)/m.exec(description)?.[1];
  if (host === undefined || port === undefined) throw new Error(`no audio in ${description}`);
  return { host, port: Number(port) };
}

/** Whether a Contact is that of a focus (RFC 3840, 4579 §4), and its URI. */
export function focusIn(message: WireMessage): { readonly uri: string; readonly isFocus: boolean } {
  const contact = message.header('Contact');
  return { uri: uriIn(contact), isFocus: /;\s*isfocus\b/i.test(contact.slice(contact.indexOf('>'))) };
}
