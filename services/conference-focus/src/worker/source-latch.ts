/** Where media comes from. */
export interface MediaSource {
  readonly host: string;
  readonly port: number;
}

/** After a description that changes where media goes, for so long packets may come from elsewhere than it says. */
const windowMs = 10_000;
/** In a row, before somebody is believed who isn't where the description says. */
const probation = 3;
/** What a member's own sequence goes on by when its address changes. */
const mostAhead = 1000;
/** After so much silence another address may go on with the same source, */
const addressSilenceMs = 1000;
/** and another source may come from the same address. */
const sourceSilenceMs = 500;

/**
 * Decides which packets are a member's (symmetric RTP, RFC 4961, as RFC 7362 describes it for media behind NAT). The address that the description
 * names is believed; another one only soon after the description, until one is found. From then on another address must go on with the same
 * SSRC and its sequence, and either be authentic or come when the old one has fallen silent. Another SSRC must come from the same address,
 * when the old one has fallen silent.
 */
export class SourceLatch {
  /** Where packets come from; undefined before any. */
  latched: MediaSource | undefined;
  ssrc = -1;
  #described: MediaSource | undefined;
  #windowEndMs = Number.NEGATIVE_INFINITY;
  #endedSsrc = -1;
  #sequence = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #candidateHost = '';
  #candidatePort = -1;
  #candidateSsrc = -1;
  #candidateSequence = 0;
  #candidateCount = 0;

  /** Where media is to be sent. */
  get remote(): MediaSource | undefined {
    return this.latched ?? this.#described;
  }

  /** After an offer and answer. What describes the same address as before changes nothing; returns whether it is another. */
  describe(remote: MediaSource | undefined, nowMs: number): boolean {
    const known = this.#described;
    if (known !== undefined && remote !== undefined && known.host === remote.host && known.port === remote.port)
      return false;
    this.#described = remote;
    this.latched = undefined;
    this.#candidatePort = -1;
    this.#windowEndMs = nowMs + windowMs;
    return true;
  }

  /** The source has said that it is over (RFC 3550 §6.6): another one may come at once. */
  ended(ssrc: number): void {
    if (ssrc !== this.ssrc) return;
    this.#endedSsrc = ssrc;
    this.#lastMs = Number.NEGATIVE_INFINITY;
  }

  /** Whether a well-formed packet is the member's. `authentic`: its SRTP tag fits. */
  accept(host: string, port: number, ssrc: number, sequence: number, nowMs: number, authentic: boolean): boolean {
    if (!this.#isMembers(host, port, ssrc, sequence, nowMs, authentic)) return false;
    if (!this.#isLatchedTo(host, port)) this.latched = { host, port };
    this.#candidatePort = -1;
    this.ssrc = ssrc;
    this.#sequence = sequence;
    // What was under way when it said goodbye doesn't bring it back.
    if (ssrc !== this.#endedSsrc) this.#lastMs = nowMs;
    return true;
  }

  #isMembers(host: string, port: number, ssrc: number, sequence: number, nowMs: number, authentic: boolean): boolean {
    if (this.#isLatchedTo(host, port))
      return ssrc === this.ssrc || this.#mayReplaceSource(host, port, ssrc, sequence, nowMs, authentic);
    if (this.#isDescribed(host, port)) return this.latched === undefined || this.#mayReturn(ssrc, nowMs);
    if (this.latched === undefined)
      return authentic || (nowMs < this.#windowEndMs && this.#passesProbation(host, port, ssrc, sequence));
    return (
      this.#mayMove(ssrc, sequence, nowMs, authentic) &&
      (authentic || this.#passesProbation(host, port, ssrc, sequence))
    );
  }

  #isLatchedTo(host: string, port: number): boolean {
    return this.latched !== undefined && this.latched.port === port && this.latched.host === host;
  }

  #isDescribed(host: string, port: number): boolean {
    return this.#described !== undefined && this.#described.port === port && this.#described.host === host;
  }

  /** Whoever is where the description says comes before somebody who was only there first; later, only with the same source. */
  #mayReturn(ssrc: number, nowMs: number): boolean {
    return nowMs < this.#windowEndMs || ssrc === this.ssrc || nowMs - this.#lastMs >= addressSilenceMs;
  }

  #mayMove(ssrc: number, sequence: number, nowMs: number, authentic: boolean): boolean {
    if (ssrc !== this.ssrc) return false;
    const ahead = (sequence - this.#sequence) & 0xffff;
    if (ahead === 0 || ahead > mostAhead) return false;
    return authentic || nowMs - this.#lastMs >= addressSilenceMs;
  }

  #mayReplaceSource(
    host: string,
    port: number,
    ssrc: number,
    sequence: number,
    nowMs: number,
    authentic: boolean,
  ): boolean {
    if (authentic) return true;
    return nowMs - this.#lastMs >= sourceSilenceMs && this.#passesProbation(host, port, ssrc, sequence);
  }

  #passesProbation(host: string, port: number, ssrc: number, sequence: number): boolean {
    const goesOn =
      this.#candidatePort === port &&
      this.#candidateHost === host &&
      this.#candidateSsrc === ssrc &&
      sequence === ((this.#candidateSequence + 1) & 0xffff);
    this.#candidateCount = goesOn ? this.#candidateCount + 1 : 1;
    this.#candidateHost = host;
    this.#candidatePort = port;
    this.#candidateSsrc = ssrc;
    this.#candidateSequence = sequence;
    return this.#candidateCount >= probation;
  }
}
