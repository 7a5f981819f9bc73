export { aggregatedChallenges, bestResponse, type ResponseCandidate } from './best-response.js';
export { type BranchFailure, FAILURE_STATUS } from './branch.js';
export { type CancelReason, cancelAnswer, cancelHeaders } from './cancel.js';
export type { ForwardTarget } from './fork-target.js';
export { type ForwardedRequest, type ForwardOptions, type ForwardVia, forwardRequest } from './forward.js';
export { canHaveGruu, type Gruu, gruuOf, publicGruu } from './gruu.js';
export { isLooped, loopDigest, type OwnViaPredicate } from './loop.js';
export type { ForkOutcome, ProxyEffect, UpstreamAnswer } from './proxy-effect.js';
export {
  isSiblingRoute,
  type OpenedRoute,
  openRouteToken,
  type RecordRouteSide,
  recordRouteValues,
} from './record-route.js';
export type { RecursionPolicy } from './redirect-recursion.js';
export { type RelayOptions, relayResponse } from './relay-response.js';
export { isDialogForming, isOutOfDialog } from './request-kind.js';
export { ResponseContext } from './response-context.js';
export { PROXY_TIMERS, type ProxyTimers, type ResponseContextOptions } from './response-context-options.js';
export {
  type DnsAnswer,
  type DnsQuestion,
  defaultPort,
  type LocateFailureCode,
  type LocateOptions,
  type LocateStep,
  locate,
  type NaptrRecord,
  type ResolvedTarget,
  type TargetTransport,
} from './rfc3263.js';
export { type IngressPort, type OwnRoutes, preprocessRoutes, type RoutedRequest, type RouteFailure } from './route.js';
export {
  type KeyRing,
  type OpenResult,
  openToken,
  type RouteTokenPayload,
  type SealResult,
  sealToken,
  TOKEN_MAX_CHARACTERS,
  TOKEN_NONCE_BYTES,
  TOKEN_ROOM_BYTES,
  type TokenDialog,
  type TokenLeg,
} from './sealed-token.js';
export { orderServers, type SrvRecord } from './srv-order.js';
export {
  openTemporaryGruu,
  registrationOf,
  sealTemporaryGruu,
  type TemporaryGruu,
  temporaryGruuKeys,
} from './temporary-gruu.js';
export {
  DEFAULT_MAX_BREADTH,
  incomingMaxBreadth,
  type Rejection,
  type RejectionCode,
  ROUTED_SCHEMES,
  type ValidationRules,
  validateRequest,
} from './validate.js';
