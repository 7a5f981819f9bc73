import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isRtcp, RtpView, readRtcp, writePictureLoss, writeReceiverReport, writeRtpHeader } from '@ringdown/media';
import type { MediaAddress, VideoLeg } from '../ports/mixer.js';

/** VP8: a descriptor that begins a frame, and the frame's tag. */
const keyFrame = [0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00];
const otherFrame = [0x10, 0x11, 0x02, 0x00];

/** The camera and the screen of a phone: frames of one packet that bear the camera's number. It makes a key frame when it is asked. */
export class VideoPhone {
  /** The cameras of the frames that it could show: from a key frame on, one after the other. */
  readonly shown: number[] = [];
  /** How often a key frame was asked for. */
  asked = 0;
  /** RTP numbers of what came, to see that none is missing. */
  readonly sequences: number[] = [];
  target: MediaAddress | undefined;
  readonly #socket: Socket;
  readonly #camera: number;
  readonly #view = new RtpView();
  #sequence: number;
  #timestamp = 1000;
  #needsKey = true;
  #showing = -1;

  private constructor(socket: Socket, camera: number) {
    this.#socket = socket;
    this.#camera = camera;
    this.#sequence = camera * 1000;
    socket.on('message', (bytes) => this.#received(bytes));
  }

  static async open(camera: number): Promise<VideoPhone> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new VideoPhone(socket, camera);
  }

  leg(changes: Partial<VideoLeg> = {}): VideoLeg {
    const { port } = this.#socket.address();
    return {
      remote: { host: '127.0.0.1', port },
      direction: 'sendrecv',
      rtcp: 'mux',
      srtp: undefined,
      encoding: 'VP8',
      sendPayloadType: 97,
      receivePayloadType: 96,
      feedback: { pli: true, fir: false },
      ...changes,
    };
  }

  /** Sends one frame. */
  film(): void {
    const frame = this.#needsKey ? keyFrame : otherFrame;
    this.#needsKey = false;
    const packet = Buffer.alloc(12 + frame.length + 1);
    this.#timestamp += 3600;
    writeRtpHeader(packet, 0, 96, true, this.#sequence++, this.#timestamp, 5000 + this.#camera);
    packet.set(frame, 12);
    packet[12 + frame.length] = this.#camera;
    this.#send(packet);
  }

  /** Says that it has lost the picture. */
  losePicture(): void {
    const compound = Buffer.alloc(100);
    const end = writePictureLoss(compound, writeReceiverReport(compound, 0, 7), 7, this.#view.ssrc);
    this.#send(compound.subarray(0, end));
  }

  close(): void {
    this.#socket.close();
  }

  #send(bytes: Uint8Array): void {
    if (this.target !== undefined) this.#socket.send(bytes, this.target.port, this.target.host);
  }

  #received(bytes: Buffer): void {
    if (isRtcp(bytes)) {
      const askForKey = (): void => {
        this.asked++;
        this.#needsKey = true;
      };
      readRtcp(bytes, bytes.length, { pictureLoss: askForKey, fullIntra: askForKey });
      return;
    }
    if (this.#view.read(bytes) !== undefined || this.#view.payloadType !== 97) return;
    this.sequences.push(this.#view.sequenceNumber);
    const camera = bytes.at(-1) as number;
    const isKey = ((bytes[13] as number) & 1) === 0;
    if (isKey) this.#showing = camera;
    if (this.#showing === camera) this.shown.push(camera);
  }
}
