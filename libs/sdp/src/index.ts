export {
  type Codec,
  type CodecMatch,
  codecAttributes,
  codecsOf,
  intersectCodecs,
  isAuxiliary,
  isRtp,
  sameEncoding,
  sameFormat,
} from './codecs.js';
export {
  type AgreedCrypto,
  agreeCrypto,
  answerCrypto,
  type CryptoAttribute,
  cryptoAttribute,
  cryptoAttributes,
  isSecureProfile,
  offerCrypto,
  parseCrypto,
  type RefusedCrypto,
  SDES_SUITES,
  type SdesSuite,
  sameKey,
} from './crypto.js';
export { answerDirection, type Direction, directionOf, isHeld, withDirection } from './direction.js';
export { editSession, type Section, SessionEdit } from './edit.js';
export { formatParameters } from './format-parameters.js';
export { answerH264, type H264Format, h264Format, sameH264 } from './h264-format.js';
export {
  type AgreedCodec,
  type AgreedStream,
  type AgreementResult,
  type AnswerResult,
  agree,
  createAnswer,
  createOffer,
  type Describer,
  type StreamCapability,
} from './offer-answer.js';
export { nextOrigin } from './origin.js';
export { parseSession } from './parse.js';
export { printSession } from './print.js';
export { commonFeedback, type RtcpFeedback, rtcpFeedback, rtcpFeedbackAttributes } from './rtcp-feedback.js';
export {
  type AddressType,
  type Attribute,
  attributeValue,
  attributeValues,
  type Bandwidth,
  type Connection,
  connectionOf,
  type MediaDescription,
  type Origin,
  type SdpFailure,
  type SessionDescription,
  type Timing,
} from './session-description.js';
