/** What phones speak. */
export type LoadTransport = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';

/** One phone of a load. */
export interface LoadPhone {
  readonly username: string;
  readonly password: string;
  readonly transport: LoadTransport;
  /** The address that it sends from, with a port of its own; its family decides what it sends to. WebSockets take any address of the machine. */
  readonly localHost: string;
}

/** What a load does, from its registrations to the end of its last call. */
export interface LoadPlan {
  readonly domain: string;
  /** The addresses that phones of either family send to. */
  readonly remoteIpv4: string;
  readonly remoteIpv6: string;
  /** Where those addresses take a transport that they don't take at its usual port. */
  readonly ports?: Readonly<Partial<Record<LoadTransport, number>>>;
  /** PEM file of what TLS and WSS phones trust. */
  readonly trustedPath?: string;
  /** They call in turn, and don't get calls. */
  readonly callers: readonly LoadPhone[];
  /** They are called in turn. */
  readonly callees: readonly LoadPhone[];
  /** They ring and never answer: who calls them, cancels. */
  readonly silent?: readonly LoadPhone[];
  readonly callsPerSec: number;
  /** Of every so many calls one is to a silent phone; none unless told. */
  readonly cancelEvery?: number;
  /** Whether the phones, once registered, wait for `LoadProcess.beginCalling`. */
  readonly waits?: boolean;
  /** How long calls are begun. */
  readonly durationSec: number;
  /** From the answer to the BYE, which is sent by either side in turn. */
  readonly talkMs: number;
  /** From ringing to the answer. */
  readonly ringMs: number;
  readonly registrationsPerSec: number;
  /** Registrations are refreshed so often, give or take a fifth. */
  readonly refreshSec: number;
  readonly expiresSec: number;
  /** A phone whose connection broke comes back after a time between 0 and this. */
  readonly reconnectWithinMs: number;
}

/** A call that didn't go as it should. */
export interface CallFailure {
  readonly call: number;
  readonly from: string;
  readonly to: string;
  /** By `monotonicMs`, as every time here. */
  readonly startedAtMs: number;
  /** When the request was sent that failed: INVITE or BYE. */
  readonly askedAtMs: number;
  readonly failedAtMs: number;
  readonly reason: string;
  /** Whether the platform had answered the INVITE with anything: then the phone doesn't send it again. */
  readonly wasHeard: boolean;
}

/** How a load stands, or stood at its end. */
export interface LoadReport {
  readonly atMs: number;
  /** Phones whose registration was acknowledged, on a connection that stands. */
  readonly registered: number;
  readonly started: number;
  /** Answered and acknowledged, and not yet hung up. */
  readonly established: number;
  readonly mostEstablished: number;
  /** Answered, acknowledged, and ended by a BYE that was answered 200 and that the other side got. */
  readonly completed: number;
  /** Ended by CANCEL, with 487. */
  readonly cancelled: number;
  /** New calls that didn't come to be. */
  readonly failed: readonly CallFailure[];
  /** Calls that were established and didn't end as `completed` says. */
  readonly lost: readonly CallFailure[];
  /** Ended well, but the callee got no ACK. */
  readonly unacknowledged: number;
  /** Copies of an INVITE that came over another branch: a proxy has forked twice. */
  readonly forkedTwice: number;
  /** Calls that came to another phone than they were for. */
  readonly misrouted: number;
  /** Times that a hang-up had to wait, since a side was away. */
  readonly deferred: number;
  /** INVITEs that were sent once more, over a new connection, since the one they went by closed before anything was heard. */
  readonly resent: number;
  readonly registrationsFailed: readonly {
    readonly username: string;
    readonly atMs: number;
    readonly reason: string;
  }[];
  readonly registrationsDone: number;
  readonly reconnects: number;
  /** By method: requests that were open when their connection broke. */
  readonly brokenTransactions: Readonly<Record<string, number>>;
  readonly retransmissions: number;
  /** From INVITE to ringing, in milliseconds, of the calls that rang. */
  readonly postDialDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** The calls that took longer than a tenth of a second to ring, the first hundred: when they began, and how long. */
  readonly slow: readonly { readonly startedAtMs: number; readonly postDialDelayMs: number }[];
  /** How many addresses and ports the phones sent from. */
  readonly sources: number;
  /** CPU of the load's own process so far. */
  readonly cpuMs: number;
}
