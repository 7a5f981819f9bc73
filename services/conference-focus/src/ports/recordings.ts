/** Where recordings go. */
export interface Recordings {
  /** The path of a new file for a conference; rejects where none can be made, and recording is then refused. */
  path(tenantId: string, room: string, conferenceId: string): Promise<string>;
}
