import JsSIP from 'jssip';
import type { EndEvent, RTCSession } from 'jssip/lib/RTCSession.js';
import type { RTCSessionEvent, UnRegisteredEvent } from 'jssip/lib/UA.js';
import { amplitudeOf } from '../src/phones/goertzel.js';
import type { PagePhone, PagePhoneOptions, VideoCodec } from '../src/phones/page-phone.js';
import { cameraOf, type Eye, eyeOn } from './camera.js';
import { offerOnly } from './offered-codec.js';

const sampleRate = 8_000;
const fullScale = 32_768;
/** The analyser's window, a power of two: a little over a second. */
const windowSamples = 8_192;

/** What this needs of an entry of the browser's statistics. */
interface Candidate {
  readonly type: string;
  readonly protocol: string;
  readonly port: number;
}

let userAgent: InstanceType<typeof JsSIP.UA> | undefined;
let audio: AudioContext | undefined;
let microphone: MediaStream | undefined;
let session: RTCSession | undefined;
let ear: AnalyserNode | undefined;
let eye: Eye | undefined;
let volume: GainNode | undefined;
let loudness = 0;
let offeredVideo: VideoCodec | undefined;

const happened: string[] = [];
let wakers: (() => void)[] = [];

const phone: PagePhone = {
  async register({ url, address, password, toneHertz, amplitude, expiresSec, colour, videoCodec }: PagePhoneOptions) {
    audio = new AudioContext({ sampleRate });
    await audio.resume();
    loudness = amplitude / fullScale;
    volume = new GainNode(audio, { gain: loudness });
    microphone = toneOf(audio, toneHertz, volume);
    offeredVideo = videoCodec;
    if (colour !== undefined) microphone.addTrack(cameraOf(colour));
    const agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(url)],
      uri: `sip:${address}`,
      password,
      register_expires: expiresSec,
      session_timers: false,
    });
    userAgent = agent;
    agent.on('connected', () => note('connected'));
    agent.on('disconnected', () => note('disconnected'));
    agent.on('registered', () => note('registered'));
    agent.on('registrationFailed', ({ response, cause }: UnRegisteredEvent) =>
      note(`not registered: ${response?.status_code ?? ''} ${cause ?? ''}`),
    );
    agent.on('newRTCSession', ({ originator, session: begun }: RTCSessionEvent) =>
      take(begun, String(originator) === 'remote'),
    );
    agent.start();
  },
  call(target) {
    if (userAgent === undefined || microphone === undefined) throw new Error('it has not been registered');
    userAgent.call(target, mediaOfSession(microphone));
  },
  hangUp() {
    if (session !== undefined && !session.isEnded()) session.terminate();
  },
  async stop() {
    userAgent?.stop();
    await audio?.close();
  },
  events: () => [...happened],
  changed(after, waitMs) {
    if (happened.length > after) return Promise.resolve();
    return new Promise((resolve) => {
      wakers.push(resolve);
      setTimeout(resolve, waitMs);
    });
  },
  heard(hertz, seconds) {
    if (ear === undefined) return 0;
    const samples = new Float32Array(windowSamples);
    ear.getFloatTimeDomainData(samples);
    return amplitudeOf(samples.subarray(-Math.round(seconds * sampleRate)), hertz, sampleRate) * fullScale;
  },
  speak(aloud) {
    if (volume !== undefined) volume.gain.value = aloud ? loudness : 0;
    return Date.now();
  },
  sights: () => [...(eye?.sights ?? [])],
  framesSeen: () => eye?.framesSeen() ?? 0,
  async mediaPorts() {
    const ports: number[] = [];
    const report = await session?.connection?.getStats();
    report?.forEach(({ type, protocol, port }: Candidate) => {
      // Those of TCP are all at the discard port, 9.
      if (type === 'local-candidate' && protocol === 'udp') ports.push(port);
    });
    return ports;
  },
};
Object.assign(globalThis, { phone });

function mediaOfSession(mediaStream: MediaStream) {
  const offerToReceiveVideo = mediaStream.getVideoTracks().length > 0;
  const rtcOfferConstraints = { offerToReceiveAudio: true, offerToReceiveVideo };
  return { mediaStream, pcConfig: { iceServers: [] }, rtcOfferConstraints };
}

/** A track that carries a tone: what the microphone of a person who whistles would. */
function toneOf(context: AudioContext, hertz: number, volume: GainNode): MediaStream {
  const whistle = new OscillatorNode(context, { frequency: hertz });
  const wire = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  whistle.connect(volume).connect(wire);
  whistle.start();
  return wire.stream;
}

function take(begun: RTCSession, incoming: boolean): void {
  if (session !== undefined && !session.isEnded()) {
    begun.terminate({ status_code: 486 });
    return;
  }
  session = begun;
  ear = undefined;
  eye = undefined;
  begun.on('connecting', () => {
    if (offeredVideo !== undefined && begun.connection !== undefined) offerOnly(begun.connection, offeredVideo);
  });
  begun.on('confirmed', () => note('established'));
  begun.on('progress', () => note('ringing'));
  begun.on('ended', ({ originator, cause }: EndEvent) => note(`ended by ${originator}: ${cause}`));
  begun.on('failed', ({ originator, cause }: EndEvent) => note(`failed by ${originator}: ${cause}`));
  // An outgoing session has its connection from the beginning, an incoming one from its answer on.
  if (begun.connection !== null && begun.connection !== undefined) listenTo(begun.connection);
  else begun.on('peerconnection', ({ peerconnection }) => listenTo(peerconnection));
  note(incoming ? 'incoming' : 'outgoing');
  if (incoming && microphone !== undefined) begun.answer(mediaOfSession(microphone));
}

function listenTo(connection: RTCPeerConnection): void {
  connection.addEventListener('iceconnectionstatechange', () => note(`ICE ${connection.iceConnectionState}`));
  connection.addEventListener('connectionstatechange', () => note(`media ${connection.connectionState}`));
  connection.addEventListener('track', ({ track, streams }) => {
    if (audio === undefined) return;
    if (track.kind === 'video') {
      eye = eyeOn(track);
      note('sees');
      return;
    }
    const stream = streams[0] ?? new MediaStream([track]);
    // Chromium decodes a remote track only where an element plays it.
    const player = new Audio();
    player.muted = true;
    player.srcObject = stream;
    void player.play();
    ear = new AnalyserNode(audio, { fftSize: windowSamples });
    audio.createMediaStreamSource(stream).connect(ear);
    note('hears');
  });
}

function note(what: string): void {
  happened.push(what);
  const woken = wakers;
  wakers = [];
  for (const wake of woken) wake();
}
