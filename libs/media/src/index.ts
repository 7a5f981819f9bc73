export type {
  AudioDecoder,
  AudioEncoder,
  Codec,
  CodecName,
  EncoderOptions,
  SampleRate,
} from './codec/codec.js';
export { PCMA, PCMU } from './codec/g711.js';
export { G722 } from './codec/g722.js';
export { loadOpus } from './codec/opus.js';
export { Resampler } from './codec/resampler.js';
export { DtmfReceiver } from './dtmf/dtmf-receiver.js';
export { type DtmfPacket, DtmfSender } from './dtmf/dtmf-sender.js';
export { digitOfEvent, eventOfDigit, TELEPHONE_EVENT_LENGTH, writeTelephoneEvent } from './dtmf/telephone-event.js';
export { type AudioFormat, AudioReceiver, type AudioReceiverOptions } from './jitter/audio-receiver.js';
export { JitterBuffer, type JitterBufferCounts, type JitterBufferOptions } from './jitter/jitter-buffer.js';
export type { AudioSource, PlayoutFrame, PutVerdict, TakeResult } from './jitter/playout.js';
export { type EncodeProfile, EncodeProfiles } from './mix/encode-profile.js';
export { holdMusic } from './mix/hold-music.js';
export { type MemberHearing, type MixInput, MixMember } from './mix/mix-member.js';
export type { MixOutput } from './mix/mix-output.js';
export { frameSamples, tickMs } from './mix/mix-rate.js';
export { type MixSink, RoomMix, type RoomMixOptions, recordedRate } from './mix/room-mix.js';
export { type SoundSamples, samplesSound } from './mix/sound-samples.js';
export { type ToneName, toneSound } from './mix/tone-sounds.js';
export { type RtcpListener, type RtcpProblem, readRtcp } from './rtcp/read-rtcp.js';
export { RtcpSession, type RtcpSessionOptions } from './rtcp/rtcp-session.js';
export { emptyReportBlock, type RtcpReportBlock, type RtcpSenderInfo } from './rtcp/rtcp-types.js';
export {
  writeBye,
  writeCname,
  writeFullIntra,
  writePictureLoss,
  writeReceiverReport,
  writeSenderReport,
} from './rtcp/write-rtcp.js';
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
export type { KeyFrameMeans, KeyFrameRequest } from './video/key-frame-requests.js';
export type { VideoEncoding } from './video/video-payload.js';
export type { VideoSourceFacts } from './video/video-source.js';
export {
  type VideoReceiverFacts,
  type VideoSent,
  type VideoSink,
  VideoSwitch,
  type VideoSwitchOptions,
  type VideoVerdict,
} from './video/video-switch.js';
