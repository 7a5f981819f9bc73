/** Packet types (RFC 3550 §12.1, RFC 4585 §6.1). */
export const RtcpType = {
  SenderReport: 200,
  ReceiverReport: 201,
  SourceDescription: 202,
  Bye: 203,
  App: 204,
  TransportFeedback: 205,
  PayloadFeedback: 206,
} as const;

/** Feedback message types: RFC 4585 §6.2 and §6.3, RFC 5104 §4.3. */
export const FeedbackFormat = { Nack: 1, PictureLoss: 1, FullIntra: 4 } as const;

/** One report block (RFC 3550 §6.4.1). */
export interface RtcpReportBlock {
  /** Whose packets it is about. */
  ssrc: number;
  /** Of 256. */
  fractionLost: number;
  cumulativeLost: number;
  extendedHighestSequence: number;
  /** In ticks of the RTP clock. */
  jitter: number;
  /** The middle 32 bits of the NTP time of the last sender report; 0 if none came. */
  lastSenderReport: number;
  /** Since that came, in 1/65,536 s. */
  delaySinceLastSenderReport: number;
}

/** What a sender says of itself (RFC 3550 §6.4.1). */
export interface RtcpSenderInfo {
  ntpSeconds: number;
  ntpFraction: number;
  rtpTimestamp: number;
  packets: number;
  octets: number;
}

export function emptyReportBlock(): RtcpReportBlock {
  return {
    ssrc: 0,
    fractionLost: 0,
    cumulativeLost: 0,
    extendedHighestSequence: 0,
    jitter: 0,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
  };
}
