export {
  Dialog,
  type DialogId,
  type DialogRefusal,
  type DialogState,
  dialogAsUac,
  dialogAsUas,
  dialogFromNotify,
  dialogIdOfRequest,
  dialogIdOfResponse,
  dialogKey,
  type RequestContent,
  type RequestDraft,
  type SequenceCheck,
} from './dialog.js';
export { DialogTable, type DialogUse } from './dialog-table.js';
export { glareDelayMs, overlapRetryAfterSec } from './glare.js';
export { draftInitial, type InitialRequest } from './initial-request.js';
export { InviteClient, type InviteClientState } from './invite-client.js';
export { InviteServer, type InviteServerState } from './invite-server.js';
export { InviteSession, type InviteSessionState } from './invite-session.js';
export { joinOf, type NamedDialog, replacesOf } from './named-dialog.js';
export { type Grant, Notifier, type NotifierState } from './notifier.js';
export { formatSipfrag, referTarget, sipfragStatusCode, sipfragType } from './refer.js';
export { retried } from './retried-request.js';
export { addressedTo, type Destination } from './route-set.js';
export {
  type AgreedSessionTimer,
  afterTooSmall,
  agreedSessionTimer,
  answerSessionTimer,
  askSessionTimer,
  defaultSessionTimer,
  type Refresher,
  type SessionTimerAnswer,
  type SessionTimerPolicy,
  sessionExpiresOf,
} from './session-expires.js';
export { SessionTimer } from './session-timer.js';
export { Subscription, type SubscriptionMachineState, type SubscriptionRequest } from './subscription.js';
export {
  type EventName,
  endsSubscription,
  eventOf,
  formatEvent,
  type SubscriptionState,
  subscriptionStateOf,
} from './subscription-state.js';
export { UserAgentCore, type UserAgentCoreOptions } from './user-agent-core.js';
export {
  type DialogDirectory,
  type EndCause,
  OutgoingRequest,
  type RequestOwner,
  type UserAgentContext,
  type UserAgentEffect,
} from './user-agent-effect.js';
