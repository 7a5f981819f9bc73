import type { Colour, Sight } from '../src/phones/page-phone.js';

const [width, height] = [320, 240];
const framesPerSecond = 15;
/** Of each of a colour's parts, of 255: what is lit and what is dark in it, with room for what a codec makes of it. */
const [lit, dark] = [150, 100];

/** A track that shows one colour, in which something moves: a still picture would not be sent anew. */
export function cameraOf(colour: Colour): MediaStreamTrack {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const brush = canvas.getContext('2d');
  let frame = 0;
  setInterval(() => {
    if (brush === null) return;
    frame += 1;
    // The named green is a dark one.
    brush.fillStyle = colour === 'green' ? '#00ff00' : colour;
    brush.fillRect(0, 0, width, height);
    brush.fillStyle = 'black';
    brush.fillRect((frame * 4) % width, 0, 8, 8);
  }, 1_000 / framesPerSecond);
  const [track] = canvas.captureStream(framesPerSecond).getVideoTracks();
  if (track === undefined) throw new Error('a canvas without a track');
  return track;
}

/** What was to be seen on a track. */
export interface Eye {
  readonly sights: readonly Sight[];
  framesSeen(): number;
}

/** Watches a track; each decoded frame is looked at as a whole. */
export function eyeOn(track: MediaStreamTrack): Eye {
  const screen = document.createElement('video');
  Object.assign(screen, { muted: true, playsInline: true, srcObject: new MediaStream([track]) });
  document.body.append(screen);
  const retina = Object.assign(document.createElement('canvas'), { width: 4, height: 4 });
  const brush = retina.getContext('2d', { willReadFrequently: true });
  const sights: Sight[] = [];
  let frames = 0;
  const look = (): void => {
    frames += 1;
    if (brush !== null) {
      brush.drawImage(screen, 0, 0, retina.width, retina.height);
      // A pixel of the middle: what moves is at the upper edge.
      const [red = 0, green = 0, blue = 0] = brush.getImageData(2, 2, 1, 1).data;
      const colour = colourOf(red, green, blue);
      if (sights.at(-1)?.colour !== colour) sights.push({ colour, atMs: Date.now() });
    }
    screen.requestVideoFrameCallback(look);
  };
  screen.requestVideoFrameCallback(look);
  void screen.play();
  return { sights, framesSeen: () => frames };
}

function colourOf(red: number, green: number, blue: number): Sight['colour'] {
  if (red > lit && green < dark && blue < dark) return 'red';
  if (green > lit && red < dark && blue < dark) return 'green';
  if (blue > lit && red < dark && green < dark) return 'blue';
  return 'other';
}
