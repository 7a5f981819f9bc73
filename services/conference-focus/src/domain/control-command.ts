/** How far a call has come that the focus makes, in the status codes of the far side. */
export type InvitationProgress = (statusCode: number, reasonPhrase: string) => void;

/** What an actor may ask. `member` is a member's id, as the roster gives it. */
export type ControlCommand =
  | { readonly type: 'mute' | 'unmute' | 'deafen' | 'undeafen'; readonly member: string }
  /** Everybody but moderators. */
  | { readonly type: 'mute-all' | 'unmute-all' }
  | { readonly type: 'kick'; readonly member: string; readonly reason?: string }
  | { readonly type: 'lock' | 'unlock' }
  /** Of the member's sound in the others' mix; -20 to 20, 0 leaves it as it is. */
  | { readonly type: 'gain'; readonly member: string; readonly gainDb: number }
  | { readonly type: 'promote' | 'demote'; readonly member: string }
  | { readonly type: 'raise-hand' | 'lower-hand'; readonly member: string }
  /** Calls somebody into the room. The result's `invited` tells what became of the call. */
  | {
      readonly type: 'invite';
      readonly target: string;
      readonly displayName?: string;
      readonly onProgress?: InvitationProgress;
    }
  | { readonly type: 'record-start' | 'record-stop' }
  /** 0 for as many as the tenant may have. Who is in stays. */
  | { readonly type: 'maximum'; readonly members: number }
  | { readonly type: 'end'; readonly reason?: string };

/** What became of a call that the focus has made. `memberId` is the new member's. */
export type DialOutOutcome =
  | { readonly kind: 'joined'; readonly memberId: string }
  | { readonly kind: 'failed'; readonly statusCode: number; readonly reasonPhrase: string };

export type ControlFailure =
  /** The actor may not. */
  | 'forbidden'
  /** No such member. */
  | 'not-found'
  /** Not in the state that the conference is in, such as recording where the room's settings say never. */
  | 'conflict'
  /** A value that can't be. */
  | 'invalid'
  /** Something that is needed doesn't work now. */
  | 'unavailable';

/** What became of a command; `detail` is a sentence for a person. */
export type ControlResult =
  | { readonly ok: true; readonly invited?: Promise<DialOutOutcome> }
  | { readonly ok: false; readonly failure: ControlFailure; readonly detail: string };
