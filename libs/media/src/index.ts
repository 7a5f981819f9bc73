export type {
  AudioDecoder,
  AudioEncoder,
  Codec,
  CodecName,
  EncoderOptions,
  SampleRate,
} from './codec/codec.js';
export { PCMA, PCMU } from './codec/g711.js';
export { Resampler } from './codec/resampler.js';
export { JitterBuffer, type JitterBufferCounts, type JitterBufferOptions } from './jitter/jitter-buffer.js';
export type { AudioSource, PlayoutFrame, PutVerdict, TakeResult } from './jitter/playout.js';
export {
  type ReceptionReport,
  ReceptionStatistics,
  type ReceptionStatisticsOptions,
  type SourceVerdict,
} from './rtp/reception-statistics.js';
export { writeRtpHeader } from './rtp/rtp-header.js';
export { isRtcp, RTP_HEADER_LENGTH, type RtpProblem, RtpView } from './rtp/rtp-view.js';
export type { SrtpRefusal } from './srtp/refusal.js';
export { SrtpReceiver } from './srtp/srtp-receiver.js';
export { SrtpSender } from './srtp/srtp-sender.js';
export { SRTP_SUITES, type SrtpSuite, type SuiteFacts } from './srtp/suite.js';
export { keyAndSaltBytes } from './srtp/transforms.js';
