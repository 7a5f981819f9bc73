import type { SecurityObserver } from '../../ports/security-observer.js';

/** Counts what whoever watches over the platform should see, also what is beyond the budget of events. */
export class SecurityMeter implements SecurityObserver {
  readonly counts = { credentials: 0, identity: 0, 'unknown-domain': 0 };

  constructor(private readonly next: SecurityObserver) {}

  refused(...refusal: Parameters<SecurityObserver['refused']>): void {
    this.counts[refusal[4]] += 1;
    this.next.refused(...refusal);
  }

  unknownDomain(...question: Parameters<SecurityObserver['unknownDomain']>): void {
    this.counts['unknown-domain'] += 1;
    this.next.unknownDomain(...question);
  }
}
