import { describe, expect, it } from 'vitest';
import { type Candidate, SpeakerSelection } from './speaker-selection.js';

interface Voice extends Candidate {
  eligible: boolean;
  loudnessDb: number;
}

const voice = (loudnessDb: number): Voice => ({ eligible: true, loudnessDb, selected: false });

function selectedOf(voices: readonly Voice[]): number[] {
  return voices.flatMap(({ selected }, index) => (selected ? [index] : []));
}

describe('who is heard', () => {
  it('are the three loudest, at once', () => {
    const voices = [-30, -20, -40, -25].map(voice);
    new SpeakerSelection(3).choose(voices);
    expect(selectedOf(voices)).toEqual([0, 1, 3]);
  });

  it('does not change for somebody who is a little louder, however long', () => {
    const voices = [-30, -30, -30, -26].map(voice);
    const selection = new SpeakerSelection<Voice>(3);
    selection.choose(voices.slice(0, 3));
    for (let tick = 0; tick < 500; tick++) selection.choose(voices);
    expect(selectedOf(voices)).toEqual([0, 1, 2]);
  });

  it('does not flap between two who are about equally loud', () => {
    const voices = [-20, -20, -30, -30].map(voice);
    const selection = new SpeakerSelection<Voice>(3);
    selection.choose(voices);
    let changes = 0;
    for (let tick = 0; tick < 1000; tick++) {
      const before = selectedOf(voices).join();
      for (const index of [2, 3]) (voices[index] as Voice).loudnessDb = -30 + 2.5 * Math.sin(tick / 3 + index * 2);
      selection.choose(voices);
      if (selectedOf(voices).join() !== before) changes++;
    }
    expect(changes).toBeLessThan(10);
  });

  it('changes for somebody who is clearly louder for 100 ms, and takes the place of the quietest', () => {
    const voices = [-30, -35, -32, -20].map(voice);
    const selection = new SpeakerSelection<Voice>(3);
    selection.choose(voices.slice(0, 3));
    for (let tick = 0; tick < 4; tick++) selection.choose(voices);
    expect(selectedOf(voices)).toEqual([0, 1, 2]);
    selection.choose(voices);
    expect(selectedOf(voices)).toEqual([0, 2, 3]);
  });

  it('gives the place of who falls silent or leaves to the next', () => {
    const voices = [-30, -31, -32, -33, -34].map(voice);
    const selection = new SpeakerSelection<Voice>(3);
    selection.choose(voices);
    (voices[0] as Voice).eligible = false;
    selection.choose(voices);
    expect(selectedOf(voices)).toEqual([1, 2, 3]);
    selection.remove(voices[1] as Voice);
    selection.choose(voices.filter((_, index) => index !== 1));
    expect(selectedOf(voices)).toEqual([2, 3, 4]);
  });
});
