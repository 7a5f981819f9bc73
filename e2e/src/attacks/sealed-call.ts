import { createCipheriv, randomBytes } from 'node:crypto';
import type { WireMessage } from '../peers/wire-message.js';
import { answer, offer } from '../rfc3665/scripted-call.js';
import { ScriptedDialog } from '../rfc3665/scripted-dialog.js';
import type { HeaderLine, ScriptedPhone } from '../rfc3665/scripted-phone.js';

const token = /(?<=sips?:)[\w-]{60,}(?=@)/;
const [keyIdBytes, nonceBytes, tagBytes] = [1, 12, 12];

/** A call as its caller has it, whose requests can be written with whatever route, tags and Call-ID one likes. */
export class SealedCall {
  readonly dialog: ScriptedDialog;

  private constructor(
    readonly caller: ScriptedPhone,
    private readonly invite: WireMessage,
    private readonly accepted: WireMessage,
  ) {
    this.dialog = ScriptedDialog.ofCaller(caller, invite, accepted);
  }

  /** The caller calls, the callee answers, and the ACK has arrived. */
  static async begin(caller: ScriptedPhone, callee: ScriptedPhone): Promise<SealedCall> {
    const requestUri = callee.addressOfRecord;
    const headers = [caller.contactLine(), ...caller.credentials('INVITE', requestUri)];
    const invite = caller.send(caller.compose('INVITE', { requestUri, headers, sdp: offer }));
    callee.respond(await callee.receive('INVITE'), 200, 'OK', answer);
    const call = new SealedCall(caller, invite, await caller.receive('200 INVITE'));
    call.dialog.acknowledge();
    await callee.receive('ACK');
    return call;
  }

  get callId(): string {
    return this.invite.callId;
  }

  get from(): string {
    return this.invite.header('From');
  }

  get to(): string {
    return this.accepted.header('To');
  }

  get remoteTarget(): string {
    return this.dialog.remoteTarget;
  }

  /** The caller's Route values, the first one first. */
  get routes(): readonly string[] {
    return [...this.accepted.list('Record-Route')].reverse();
  }

  get token(): string {
    return token.exec(this.routes.join(' '))?.[0] ?? '';
  }

  /** The Route values with another token in the place of the sealed one. */
  routesWith(other: string): readonly string[] {
    return this.routes.map((route) => route.replace(token, other));
  }

  /** A request within the call, changed where told, as a phone of the caller's writes it. */
  write(method: string, changed: Partial<InCall> = {}): WireMessage {
    const { routes = this.routes, requestUri = this.remoteTarget, callId = this.callId } = changed;
    const { from = this.from, to = this.to, headers = [] } = changed;
    return this.caller.write(method, requestUri, '', [
      ['Max-Forwards', '70'],
      ...routes.map((route): HeaderLine => ['Route', route]),
      ['From', from],
      ['To', to],
      ['Call-ID', callId],
      ['CSeq', `${100 + Math.floor(Math.random() * 1e6)} ${method}`],
      ...(method === 'INVITE' ? [this.caller.contactLine()] : []),
      ...headers,
    ]);
  }
}

export interface InCall {
  readonly routes: readonly string[];
  readonly requestUri: string;
  readonly callId: string;
  readonly from: string;
  readonly to: string;
  readonly headers: readonly HeaderLine[];
}

/** One bit of a token turned over, in the part that is named. */
export function flipped(sealed: string, part: 'key id' | 'nonce' | 'payload' | 'tag'): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const at = { 'key id': 0, nonce: keyIdBytes + 3, payload: keyIdBytes + nonceBytes + 9, tag: bytes.length - 1 }[part];
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes.toString('base64url');
}

/** As long as a token, and nothing. */
export function random(like: string): string {
  return randomBytes(Buffer.from(like, 'base64url').length).toString('base64url');
}

/** Made as the platform makes them, for the very dialog and under the id of the right key, but with a key of the writer's own. */
export function forged({ token: sealed, callId, from }: SealedCall): string {
  const like = Buffer.from(sealed, 'base64url');
  const [keyId, nonce] = [like[0] ?? 0, randomBytes(nonceBytes)];
  const cipher = createCipheriv('aes-128-gcm', randomBytes(16), nonce, { authTagLength: tagBytes });
  const tag = /tag=([^;]+)/.exec(from)?.[1] ?? '';
  cipher.setAAD(Buffer.from(`${keyId}:${callId.length}:${callId}${tag}`, 'latin1'));
  const plain = Buffer.alloc(like.length - keyIdBytes - nonceBytes - tagBytes);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(keyId), nonce, encrypted, cipher.getAuthTag()]).toString('base64url');
}
