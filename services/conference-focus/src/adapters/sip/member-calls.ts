import type { DialogId, InviteClient, InviteServer, InviteSession } from '@ringdown/sip-dialog';
import type { Flow } from '@ringdown/sip-transport';
import type { MemberCall } from './member-call.js';

type Invite = InviteServer<Flow> | InviteClient<Flow>;

/** The calls of every member of this pod, by what the core knows of them. */
export class MemberCalls {
  readonly #bySession = new Map<InviteSession<Flow>, MemberCall>();
  readonly #byInvite = new Map<Invite, MemberCall>();

  /** `sessionIn` finds the session of a dialog. */
  constructor(private readonly sessionIn: (dialog: DialogId) => InviteSession<Flow> | undefined) {}

  /** Calls with a session, and those under way to one. */
  get size(): { readonly sessions: number; readonly invites: number } {
    return { sessions: this.#bySession.size, invites: this.#byInvite.size };
  }

  all(): Iterable<MemberCall> {
    return new Set([...this.#byInvite.values(), ...this.#bySession.values()]);
  }

  addInvite(invite: Invite, call: MemberCall): void {
    this.#byInvite.set(invite, call);
  }

  /** The INVITE has its final response. */
  removeInvite(invite: Invite): void {
    this.#byInvite.delete(invite);
  }

  addSession(session: InviteSession<Flow>, call: MemberCall): void {
    this.#bySession.set(session, call);
  }

  removeSession(session: InviteSession<Flow>): void {
    this.#bySession.delete(session);
  }

  ofSession(session: InviteSession<Flow>): MemberCall | undefined {
    return this.#bySession.get(session);
  }

  ofInvite(invite: Invite): MemberCall | undefined {
    return this.#byInvite.get(invite);
  }

  /** The established call with this dialog. */
  ofDialog(dialog: DialogId): MemberCall | undefined {
    const session = this.sessionIn(dialog);
    return session === undefined ? undefined : this.#bySession.get(session);
  }
}
