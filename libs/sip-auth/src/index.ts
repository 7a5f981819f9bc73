export {
  computeHa1,
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  type NamedAlgorithm,
  parseAlgorithm,
  textFromWire,
  wireFromText,
} from './algorithm.js';
export { type AnswerInput, answerChallenge, selectChallenges } from './answer.js';
export type { MalformedAuth } from './auth-params.js';
export { buildChallenge, buildChallenges, type Challenge, type ChallengeFields, parseChallenge } from './challenge.js';
export {
  type CredentialSelection,
  type Credentials,
  type OtherScheme,
  parseCredentials,
  type Qop,
  selectCredentials,
} from './credentials.js';
export {
  type ChallengeRequest,
  type Claim,
  DigestAuthenticator,
  type DigestAuthenticatorOptions,
  type Verification,
  type VerifyRequest,
} from './digest-authenticator.js';
export { type NonceOrigin, NonceSealer, type OpenedNonce, type SealKey } from './nonce.js';
export { type NonceUse, NonceWindow } from './nonce-window.js';
export { computeResponse, type DigestInput } from './request-digest.js';
