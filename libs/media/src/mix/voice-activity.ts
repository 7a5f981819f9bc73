import { silenceDb } from './frame-level.js';

/** The floor never rises above this, so that a steady tone is no noise. */
const highestFloorDb = -50;
const lowestFloorDb = -65;
const aboveFloorDb = 8;
/** Between words nobody loses their place: 400 ms. */
const hangoverTicks = 20;
const speakingAfterTicks = 5;
const attack = 0.5;
const releaseDb = 0.5;

/** Whether somebody is speaking, and how loudly of late: the level rises within 40 ms and falls by 25 dB a second. */
export class VoiceActivity {
  /** The level of late, in dB of full scale. */
  scoreDb = silenceDb;
  /** Heard now, or a moment ago. */
  active = false;
  private floorDb = lowestFloorDb;
  private hangover = 0;
  private activeTicks = 0;

  /** Active for so long that it isn't a click. */
  get speaking(): boolean {
    return this.activeTicks >= speakingAfterTicks;
  }

  /** To be told of each tick once. */
  observe(levelDb: number): void {
    const rising = levelDb > this.floorDb;
    this.floorDb += (levelDb - this.floorDb) * (rising ? 0.005 : 0.1);
    if (this.floorDb > highestFloorDb) this.floorDb = highestFloorDb;
    else if (this.floorDb < lowestFloorDb) this.floorDb = lowestFloorDb;

    if (levelDb > this.floorDb + aboveFloorDb) this.hangover = hangoverTicks;
    else if (this.hangover > 0) this.hangover--;
    this.active = this.hangover > 0;
    this.activeTicks = this.active ? this.activeTicks + 1 : 0;

    if (levelDb > this.scoreDb) this.scoreDb += (levelDb - this.scoreDb) * attack;
    else this.scoreDb = Math.max(levelDb, this.scoreDb - releaseDb);
  }

  /** As somebody who has said nothing yet. */
  forget(): void {
    this.scoreDb = silenceDb;
    this.active = false;
    this.hangover = 0;
    this.activeTicks = 0;
  }
}
