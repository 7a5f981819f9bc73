import type { VideoCodec } from '../src/phones/page-phone.js';

/** Lets a connection that has its tracks, and hasn't made its offer, offer one codec for video only. */
export function offerOnly(connection: RTCPeerConnection, codec: VideoCodec): void {
  const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
  const chosen = codecs.filter(({ mimeType }) => mimeType.toUpperCase() === `VIDEO/${codec}`);
  if (chosen.length === 0) throw new Error(`this browser has no ${codec}`);
  for (const transceiver of connection.getTransceivers())
    if (transceiver.sender.track?.kind === 'video') transceiver.setCodecPreferences(chosen);
}
