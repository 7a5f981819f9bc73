/** A message as `GET /v1/calls/{callId}/messages` gives it. */
export interface CapturedMessage {
  readonly edge: string;
  readonly atUs: number;
  readonly direction: 'received' | 'sent';
  readonly transport: string;
  /** `host:port`. */
  readonly local: string;
  readonly remote: string;
  /** Over SIPLINK, the edge or service at the other end. */
  readonly peer: string | null;
  readonly sip: string;
}

/** What the edges have of a call. */
export interface CallMessages {
  readonly callId: string;
  readonly traceId: string;
  readonly sampled: boolean;
  readonly kept: 'failed' | 'slow' | 'operator' | null;
  readonly edges: readonly {
    readonly id: string;
    readonly answer: 'found' | 'keeps-none' | 'silent';
    readonly truncated: boolean;
    readonly reachesBackMs: number;
  }[];
  readonly messages: readonly CapturedMessage[];
}
