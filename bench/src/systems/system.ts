/** A process of a system with all that descends from it; its CPU is a column of its own where that says more than the sum. */
export interface Part {
  readonly name: string;
  readonly pid: number;
}

/** What takes the load: processes that are up. */
export interface System {
  readonly name: string;
  /** `127.0.0.1:port` where it takes SIP. */
  readonly sip: string;
  /** The domain of its subscribers. */
  readonly domain: string;
  readonly parts: readonly Part[];
  stop(): Promise<void>;
}
