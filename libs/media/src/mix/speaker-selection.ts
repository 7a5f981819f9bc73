/** Somebody who may be heard. */
export interface Candidate {
  /** Speaks, or has just spoken, and may be heard. */
  readonly eligible: boolean;
  /** How loudly of late, in dB. */
  readonly loudnessDb: number;
  /** Is heard; set by the selection. */
  selected: boolean;
}

/** Somebody who may be named as a speaker. */
export interface Speaker {
  readonly id: string;
  /** Has been heard for so long that it isn't a click. */
  readonly speaking: boolean;
  readonly loudnessDb: number;
}

/** So much louder, for so long, must be who takes another's place. */
const challengeDb = 6;
const challengeTicks = 5;

/**
 * Who is heard: at most `places` of those who speak. Who has a place keeps it until they are silent, or somebody who has none has clearly been
 * louder for 100 ms; so two who are about equally loud don't take turns.
 */
export class SpeakerSelection<Member extends Candidate> {
  /** Who is heard, by place. */
  readonly chosen: (Member | undefined)[];
  private challenger: Member | undefined;
  private challengedTicks = 0;

  constructor(places: number) {
    this.chosen = Array.from({ length: places }, () => undefined);
  }

  /** Once a tick, for everybody of the room. */
  choose(members: readonly Member[]): void {
    const { chosen } = this;
    let free = 0;
    for (let place = 0; place < chosen.length; place++) {
      const member = chosen[place];
      if (member !== undefined && !member.eligible) this.vacate(place);
      if (chosen[place] === undefined) free++;
    }
    let loudest = loudestWaiting(members);
    for (; free > 0 && loudest !== undefined; free--) {
      this.take(chosen.indexOf(undefined), loudest);
      loudest = loudestWaiting(members);
    }
    this.challenge(loudest);
  }

  /** For somebody who leaves the room. */
  remove(member: Member): void {
    const place = this.chosen.indexOf(member);
    if (place >= 0) this.vacate(place);
    if (this.challenger === member) this.challenger = undefined;
  }

  private challenge(loudest: Member | undefined): void {
    const weakest = loudest === undefined ? -1 : this.weakest();
    if (
      loudest === undefined ||
      weakest < 0 ||
      loudest.loudnessDb < (this.chosen[weakest] as Member).loudnessDb + challengeDb
    ) {
      this.challenger = undefined;
      return;
    }
    this.challengedTicks = this.challenger === loudest ? this.challengedTicks + 1 : 1;
    this.challenger = loudest;
    if (this.challengedTicks < challengeTicks) return;
    this.vacate(weakest);
    this.take(weakest, loudest);
    this.challenger = undefined;
  }

  private weakest(): number {
    const { chosen } = this;
    let weakest = 0;
    for (let place = 1; place < chosen.length; place++)
      if ((chosen[place] as Member).loudnessDb < (chosen[weakest] as Member).loudnessDb) weakest = place;
    return chosen.length === 0 ? -1 : weakest;
  }

  private take(place: number, member: Member): void {
    this.chosen[place] = member;
    member.selected = true;
  }

  private vacate(place: number): void {
    (this.chosen[place] as Member).selected = false;
    this.chosen[place] = undefined;
  }
}

function loudestWaiting<Member extends Candidate>(members: readonly Member[]): Member | undefined {
  let loudest: Member | undefined;
  for (let index = 0; index < members.length; index++) {
    const member = members[index] as Member;
    if (!member.eligible || member.selected) continue;
    if (loudest === undefined || member.loudnessDb > loudest.loudnessDb) loudest = member;
  }
  return loudest;
}
