import type { DialogId, InviteClient, InviteServer, InviteSession } from '@ringdown/sip-dialog';
import type { Flow } from '@ringdown/sip-transport';
import type { MemberCall } from './member-call.js';

/** The calls of every member of this pod, by what the core knows of them. */
export class MemberCalls {
  readonly #bySession = new Map<InviteSession<Flow>, MemberCall>();
  readonly #byInvite = new Map<InviteServer<Flow> | InviteClient<Flow>, MemberCall>();
  readonly #byMember = new Map<string, MemberCall>();

  /** Calls with a session, and those under way to one. */
  get size(): { readonly sessions: number; readonly invites: number } {
    return { sessions: this.#bySession.size, invites: this.#byInvite.size };
  }

  all(): Iterable<MemberCall> {
    return new Set([...this.#byInvite.values(), ...this.#bySession.values()]);
  }

  addInvite(invite: InviteServer<Flow> | InviteClient<Flow>, call: MemberCall): void {
    this.#byInvite.set(invite, call);
  }

  /** The INVITE has its final response. */
  removeInvite(invite: InviteServer<Flow> | InviteClient<Flow>): void {
    this.#byInvite.delete(invite);
  }

  addSession(session: InviteSession<Flow>, call: MemberCall): void {
    this.#bySession.set(session, call);
    if (call.member !== undefined) this.#byMember.set(call.member.id, call);
  }

  removeSession(session: InviteSession<Flow>): void {
    const id = this.#bySession.get(session)?.member?.id;
    this.#bySession.delete(session);
    if (id !== undefined) this.#byMember.delete(id);
  }

  ofSession(session: InviteSession<Flow>): MemberCall | undefined {
    return this.#bySession.get(session);
  }

  ofInvite(invite: InviteServer<Flow> | InviteClient<Flow>): MemberCall | undefined {
    return this.#byInvite.get(invite);
  }

  ofMember(memberId: string): MemberCall | undefined {
    return this.#byMember.get(memberId);
  }

  /** The established call with this dialog (RFC 3891 §3, RFC 3911 §4). */
  ofDialog({ callId, localTag, remoteTag }: DialogId): MemberCall | undefined {
    for (const [{ dialog }, call] of this.#bySession) {
      if (dialog.callId === callId && dialog.localTag === localTag && dialog.remoteTag === remoteTag) return call;
    }
    return undefined;
  }
}
