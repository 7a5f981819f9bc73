export {
  type Codec,
  type CodecMatch,
  codecAttributes,
  codecsOf,
  intersectCodecs,
  isAuxiliary,
  isRtp,
  sameEncoding,
} from './codecs.js';
export { answerDirection, type Direction, directionOf, isHeld, withDirection } from './direction.js';
export { editSession, type Section, SessionEdit } from './edit.js';
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
