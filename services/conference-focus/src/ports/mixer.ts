/** An address that media is sent to or received at. IPv6 without brackets. */
export interface MediaAddress {
  readonly host: string;
  readonly port: number;
}

/** As this side sees it (RFC 3264): `recvonly` takes what the member says and sends nothing. */
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** A codec of one leg, as offer and answer have agreed on it. Payload types are what each side asked for, so they may differ. */
export interface AudioCodec {
  readonly encoding: 'PCMU' | 'PCMA' | 'G722' | 'opus';
  readonly sendPayloadType: number;
  readonly receivePayloadType: number;
  /** Of what is sent; 10 to 60. What is received may come in any length. */
  readonly ptimeMs: number;
  /** RFC 7587, of what is sent: undefined for the codec's defaults. Unused but for opus. */
  readonly opus?: { readonly maxAverageBitrate?: number; readonly inbandFec: boolean; readonly dtx: boolean };
}

/** SDES keys (RFC 4568) of one stream, both ways; master key and salt together, as they stand in `inline:`. */
export interface SrtpKeys {
  readonly suite: 'AES_CM_128_HMAC_SHA1_80' | 'AES_CM_128_HMAC_SHA1_32' | 'AEAD_AES_128_GCM' | 'AEAD_AES_256_GCM';
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}

/** What both kinds of stream have. */
export interface StreamLeg {
  /** Where the description says that media goes; the address that packets come from takes its place once latched. Undefined while unknown. */
  readonly remote: MediaAddress | undefined;
  readonly direction: MediaDirection;
  /** RTCP on the port of RTP (RFC 5761), or at this address; undefined is the port after RTP's. */
  readonly rtcp: 'mux' | MediaAddress | undefined;
  /** Undefined for plain RTP. */
  readonly srtp: SrtpKeys | undefined;
}

export interface AudioLeg extends StreamLeg {
  /** The codec that is sent; any of `accepted` may be received (RFC 3264 §6.1). */
  readonly codec: AudioCodec;
  readonly accepted: readonly AudioCodec[];
  /** RFC 4733 telephone-event, by clock rate; undefined where it was not agreed. */
  readonly dtmf:
    | { readonly sendPayloadType: number; readonly receivePayloadType: number; readonly clockRate: number }
    | undefined;
}

export interface VideoLeg extends StreamLeg {
  readonly encoding: 'VP8' | 'H264';
  readonly sendPayloadType: number;
  readonly receivePayloadType: number;
  /** RFC 4585 and 5104: what the member understands when a key frame is wanted. */
  readonly feedback: { readonly pli: boolean; readonly fir: boolean };
}

/** The media of one member as the last offer and answer left it. A stream that is undefined was refused or never offered. */
export interface MemberMedia {
  readonly audio: AudioLeg | undefined;
  readonly video: VideoLeg | undefined;
}

/** What the room has decided about a member; nothing of it is negotiated. */
export interface MemberControls {
  /** Its audio reaches nobody. */
  readonly muted: boolean;
  /** It hears nobody, and sees nobody. Who is muted as well isn't seen either. */
  readonly deaf: boolean;
  /** Of its audio in the others' mix; 0 leaves it as it is. */
  readonly gainDb: number;
  /** It waits: it hears hold music instead of the room, and the room doesn't hear it; neither sees the other. */
  readonly waiting: boolean;
}

/** The ports that were opened for a member, on the address that its family asked for. */
export interface MemberPorts {
  readonly audio: MediaAddress;
  readonly video: MediaAddress | undefined;
}

/** Something to be heard that isn't a member. */
export type Sound =
  | {
      readonly kind: 'tones';
      readonly name:
        | 'join'
        | 'leave'
        | 'pin-prompt'
        | 'pin-wrong'
        | 'pin-right'
        | 'muted'
        | 'unmuted'
        | 'recording'
        | 'refused';
    }
  /** Linear PCM, mono. */
  | { readonly kind: 'samples'; readonly samples: Int16Array; readonly sampleRate: 8000 | 16000 | 48000 };

/** What a member's media was like; RFC 3550 §6.4. */
export interface MemberStatistics {
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly packetsSent: number;
  readonly jitterMs: number;
  readonly roundTripMs: number | undefined;
  /** Packets that were refused: an SSRC or address that isn't the member's, a replay, a wrong authentication tag, no RTP at all, too many at once. */
  readonly refused: Readonly<
    Record<'source' | 'replay' | 'authentication' | 'malformed' | 'payload-type' | 'flood', number>
  >;
}

export type RoomMediaEvent =
  /** Who is speaking now, the loudest first; sent when that changes, at most four times a second. */
  | { readonly type: 'speakers'; readonly members: readonly string[] }
  /** A key was pressed (RFC 4733), once for each press. */
  | { readonly type: 'dtmf'; readonly member: string; readonly digit: string }
  /** The first packet came, or packets come from elsewhere than before. */
  | { readonly type: 'latched'; readonly member: string; readonly remote: MediaAddress }
  /** No packet came for this long though the member may send; once, until packets come again. */
  | { readonly type: 'silent'; readonly member: string; readonly silentMs: number }
  /** The member is to send a key frame, and understands neither PLI nor FIR: its signalling has to ask it (RFC 5168). */
  | { readonly type: 'key-frame-wanted'; readonly member: string }
  /** The thread is gone, and everything of the room with it. */
  | { readonly type: 'lost'; readonly reason: string };

export interface RoomMediaOptions {
  /** Told in the order in which things happened. */
  readonly onEvent: (event: RoomMediaEvent) => void;
  /** Whether who is alone hears music; true unless told. Who waits always does. */
  readonly isMusicForAlone?: boolean;
}

/** The media of one room. Nothing waits on it but where a promise is returned; it never throws for a member that has just left. */
export interface MediaRoom {
  /** Opens a member's ports. Rejects where none is free or the thread is gone. */
  add(member: string, wanted: { readonly family: 'IP4' | 'IP6'; readonly video: boolean }): Promise<MemberPorts>;
  /** What the last offer and answer agreed on; until then a member neither hears nor is heard. */
  update(member: string, media: MemberMedia): void;
  control(member: string, controls: MemberControls): void;
  /** A member has lost the picture, as its signalling says (RFC 5168): whom it sees is asked for a key frame. */
  pictureLost(member: string): void;
  /** Resolves when it has been heard to its end, or could not be. `to` is a member, or everybody. */
  play(sound: Sound, to: string | 'everybody'): Promise<void>;
  /** Records what somebody who only listens would hear, as WAV. Resolves when the file is open; rejects where it can't be. */
  startRecording(path: string): Promise<void>;
  /** Resolves with the length when the file is whole. */
  stopRecording(): Promise<{ readonly durationMs: number } | undefined>;
  statistics(member: string): Promise<MemberStatistics | undefined>;
  /** Closes a member's ports; resolves when they are free again. */
  remove(member: string): Promise<void>;
  /** Removes everybody and ends a recording. */
  close(): Promise<void>;
}

/** How busy the mixer is. */
export interface MixerLoad {
  readonly members: number;
  /** Of the busiest thread, 0 to 1: the share of its time that it works. */
  readonly busyShare: number;
  /** How late its ticks begin, at the 99th of a hundred, in the last ten seconds. */
  readonly lateP99Ms: number;
}

/** All the media of a focus. Rooms are pinned to threads; signalling is never blocked by it. */
export interface Mixer {
  /** A room on the thread that has the most time left. */
  open(room: string, options: RoomMediaOptions): MediaRoom;
  load(): MixerLoad;
  /** Ends every room and thread. */
  close(): Promise<void>;
}
