import type { CallLadder, Recording } from '../peers/recording.js';
import type { HostPort } from '../peers/recording-relay.js';
import type { WireMessage } from '../peers/wire-message.js';
import { ScriptedDialog } from './scripted-dialog.js';
import type { HeaderLine, PhoneRequest, ScriptedPhone } from './scripted-phone.js';

/** What a poll waits for the last messages of a call: its phones may be done before its proxies are. */
export const inTime = { timeout: 10_000 };
export const offer = sdp('alice', 49_172);
export const answer = sdp('bob', 3_456);

export interface ScriptedCallOptions {
  readonly recording: Recording;
  readonly alice: ScriptedPhone;
  readonly bob: ScriptedPhone;
  /** Whom Alice asks for; Bob's address of record where absent. */
  readonly requestUri?: string;
  /** Route values that Alice puts into a new INVITE: her outbound proxy. */
  readonly preloaded?: readonly string[];
  readonly sdp?: string;
  /** What a redirected INVITE keeps (RFC 3261 §8.1.3.4: Call-ID and a sequence number one higher). */
  readonly callId?: string;
  readonly cseq?: number;
}

/** A call from Alice to Bob, told step by step. */
export class ScriptedCall {
  readonly callId: string;
  readonly ladder: CallLadder;
  private cseq: number;
  private sent: WireMessage | undefined;
  private got: WireMessage | undefined;
  private accepted: WireMessage | undefined;

  constructor(private readonly options: ScriptedCallOptions) {
    this.callId = options.callId ?? `${Math.random().toString(36).slice(2)}@${options.alice.options.domain}`;
    this.cseq = options.cseq ?? 0;
    this.ladder = options.recording.of(this.callId);
  }

  /** Alice's latest INVITE. */
  get invite(): WireMessage {
    return required(this.sent, 'Alice has sent no INVITE');
  }

  /** The INVITE as Bob has got it. */
  get incoming(): WireMessage {
    return required(this.got, 'Bob has got no INVITE');
  }

  /** Alice writes an INVITE with credentials for every challenge she knows; each has the next sequence number (RFC 3261 §22.2). */
  compose(headers: readonly HeaderLine[] = []): WireMessage {
    const { alice, requestUri = this.options.bob.addressOfRecord, preloaded = [], sdp: body = offer } = this.options;
    this.cseq += 1;
    const request: PhoneRequest = {
      requestUri,
      callId: this.callId,
      cseq: this.cseq,
      headers: [
        ...preloaded.map((route): HeaderLine => ['Route', route]),
        alice.contactLine(),
        ...alice.credentials('INVITE', requestUri),
        ...headers,
      ],
      sdp: body,
    };
    this.sent = alice.compose('INVITE', request);
    return this.sent;
  }

  /** Alice sends an INVITE, by the proxy that she has or by another one. */
  dial(proxy = this.options.alice.options.proxy): WireMessage {
    return this.options.alice.send(this.compose(), proxy);
  }

  /** Alice sends the latest INVITE once more, as a new transaction with another proxy, since the one before failed (RFC 3263 §4.3). */
  retry(proxy: HostPort): WireMessage {
    this.cseq -= 1;
    return this.dial(proxy);
  }

  /** Alice gets an answer that ends this INVITE and acknowledges it. */
  async refused(statusCode: number): Promise<WireMessage> {
    const response = await this.options.alice.receive(`${statusCode} INVITE`);
    this.options.alice.acknowledge(this.invite, response);
    return response;
  }

  /**
   * Bob gets the INVITE and is silent until each of these hops has carried a 100, as it must when an answer takes more than 200 ms
   * (RFC 3261 §17.2.1).
   */
  async trying(...hops: readonly (readonly [from: string, to: string])[]): Promise<void> {
    this.got = await this.options.bob.receive('INVITE');
    for (const [from, to] of hops) await this.ladder.passed(from, to, '100 INVITE');
  }

  async ringing(): Promise<void> {
    this.options.bob.respond(this.incoming, 180, 'Ringing');
    await this.options.alice.receive('180 INVITE');
  }

  /** Bob answers; both then have the dialog. */
  async answered(body = answer): Promise<{ readonly ofAlice: ScriptedDialog; readonly ofBob: ScriptedDialog }> {
    const { alice, bob } = this.options;
    const ok = bob.respond(this.incoming, 200, 'OK', body);
    this.accepted = await alice.receive('200 INVITE');
    return {
      ofAlice: ScriptedDialog.ofCaller(alice, this.invite, this.accepted),
      ofBob: ScriptedDialog.ofCallee(bob, this.incoming, ok),
    };
  }
}

/** One side hangs up, the other agrees. */
export async function hangUp(dialog: ScriptedDialog, by: ScriptedPhone, other: ScriptedPhone): Promise<void> {
  dialog.request('BYE');
  other.respond(await other.receive('BYE'), 200, 'OK');
  await by.receive('200 BYE');
}

/** A session description of RFC 3665's kind: one G.711 stream. */
export function sdp(user: string, port: number, host = '127.0.0.1'): string {
  const lines = ['v=0', `o=${user} 2890844526 2890844526 IN IP4 ${host}`, 's=-', `c=IN IP4 ${host}`, 't=0 0'];
  return [...lines, `m=audio ${port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', ''].join('\r\n');
}

function required<T>(value: T | undefined, complaint: string): T {
  if (value === undefined) throw new Error(complaint);
  return value;
}
