/** Where recordings go. */
export interface Recordings {
  /** The path of a new file for a conference; rejects where none can be made, and recording is then refused. */
  path(tenantId: string, room: string, conferenceId: string): Promise<string>;
  /** A conference that is to be recorded from its beginning to its end isn't: somebody has to see to it. Tried again until it works. */
  failed(tenantId: string, room: string, conferenceId: string, reason: string): void;
}
