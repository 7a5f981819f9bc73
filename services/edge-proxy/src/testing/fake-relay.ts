import type { RelayReason } from '../domain/media-decision.js';
import type { DescriptionOutcome, DescriptionStep, MediaAnchor } from '../ports/media-anchor.js';

/** A relay whose answers the test gives, at once or when it likes; it remembers what it was asked. */
export class FakeRelay implements MediaAnchor {
  readonly placed: RelayReason[] = [];
  readonly steps: DescriptionStep[] = [];
  readonly released: string[] = [];
  /** Outcomes that wait, in the order of the steps; used where `answer` is undefined. */
  readonly waiting: ((outcome: DescriptionOutcome) => void)[] = [];
  node: number | undefined = 7;

  /** Default: the description names the step that it came of. */
  constructor(
    public answer: ((step: DescriptionStep) => DescriptionOutcome) | undefined = (step) => ({
      kind: 'described',
      sdp: relayedSdp(step),
      node: step.node,
    }),
  ) {}

  place(reason: RelayReason): number | undefined {
    this.placed.push(reason);
    return this.node;
  }

  describe(step: DescriptionStep, outcome: (outcome: DescriptionOutcome) => void): void {
    this.steps.push(step);
    if (this.answer === undefined) this.waiting.push(outcome);
    else outcome(this.answer(step));
  }

  release(mediaCallId: string, node: number): void {
    this.released.push(`${mediaCallId.replace(/^[0-9a-f]{16}/, '')}@${node}`);
  }

  /** Who offered or answered what, in short. */
  get told(): readonly string[] {
    return this.steps.map(
      ({ role, offererTag, answererTag, sdp, to }) =>
        `${role} ${offererTag}>${answererTag ?? ''} ${/m=audio (\d+)/.exec(sdp)?.[1] ?? '?'} to ${to.profile} ${to.family}`,
    );
  }
}

/** What the fake relay makes of a description: it can be told from every other. */
export function relayedSdp({ role, offererTag, sdp }: Pick<DescriptionStep, 'role' | 'offererTag' | 'sdp'>): string {
  return sdp.replace(/m=audio (\d+)/, `m=audio 1$1`).replace('s=-', `s=${role} of ${offererTag}`);
}
