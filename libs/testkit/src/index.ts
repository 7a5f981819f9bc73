export { CertificateAuthority, type IssuedCertificate } from './certificate-authority.js';
export { findNatsServer, startNatsServer, type TestNatsServer } from './nats-server.js';
export { openPhoneWire, type PhoneWire, type PhoneWireOptions, type WireTransport } from './phone-wire.js';
export {
  findPostgres,
  type PostgresVersion,
  startPostgres,
  type TestPostgres,
  testedPostgresVersions,
} from './postgres.js';
export { anyMessages, type LadderFilter, MessageRecorder, matchesLadder, type RecordedMessage } from './recorder.js';
export { RecordedFlow, RecordingTransport } from './recorder-transport.js';
export { ADMIN_TOKEN, ask, type RestAnswer, type RestRequest } from './rest.js';
export { mediaAddress, RtpPhone } from './rtp-phone.js';
export { findRtpengine, startRtpengine, type TestRtpengine, type TestRtpengineOptions } from './rtpengine.js';
export { TestUserAgent, type TestUserAgentOptions } from './user-agent.js';
export { type CallContent, type FollowedReferral, TestCall } from './user-agent-call.js';
export { audioDescription, directionIn, redirected } from './user-agent-sdp.js';
