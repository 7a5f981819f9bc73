/** One phone in a roster, as the REST API tells it. */
export interface ListedEndpoint {
  readonly entity: string;
  readonly memberId: string;
  readonly status: string;
  readonly joiningMethod: string;
  readonly disconnectionMethod: string | null;
  readonly muted: boolean;
  readonly deaf: boolean;
  readonly role: 'moderator' | 'participant';
}

export interface ListedConference {
  readonly room: string;
  readonly focusId: string;
  readonly version: number;
  readonly entity: string;
  readonly active: boolean;
  readonly locked: boolean;
  readonly userCount: number;
  readonly users: readonly {
    readonly entity: string;
    readonly roles: readonly string[];
    readonly endpoints: readonly ListedEndpoint[];
  }[];
}

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/** What an operator does with a tenant's conferences over REST, at one pod of the focus. */
export class ConferenceApi {
  constructor(
    private readonly base: string,
    private readonly key: string,
    private readonly tenantId: string,
  ) {}

  /** Creates a room, or makes it so; `settings` in the API's words. */
  async putRoom(name: string, settings: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.done('PUT', `/rooms/${name}`, settings);
  }

  /** A conference under way; undefined where there is none. */
  async conference(room: string): Promise<ListedConference | undefined> {
    const { status, text } = await this.ask('GET', `/${room}`);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`the conference in ${room}: ${status} ${text}`);
    return JSON.parse(text) as ListedConference;
  }

  /** Whose phones are in a room, by their addresses in order; those that have left stand in the roster for a while, and don't count. */
  async presentIn(room: string): Promise<readonly string[]> {
    const users = (await this.conference(room))?.users ?? [];
    const present = users.filter(({ endpoints }) => endpoints.some(({ status }) => status !== 'disconnected'));
    return present.map(({ entity }) => entity.replace(/^sip:/, '')).toSorted();
  }

  /** A conference's roster as application/conference-info+xml. */
  async document(room: string): Promise<string> {
    return (await this.done('GET', `/${room}/conference-info`)).text;
  }

  /** The ids by which a user's phones are members, in the order in which they came; those that have left stand in the roster for a while. */
  async membersOf(room: string, addressOfRecord: string): Promise<readonly string[]> {
    const users = (await this.conference(room))?.users ?? [];
    const own = users.filter(({ entity }) => entity === `sip:${addressOfRecord}`);
    const phones = own.flatMap(({ endpoints }) => endpoints);
    return phones.filter(({ status }) => status !== 'disconnected').map(({ memberId }) => memberId);
  }

  /** Changes every phone of a user, such as `{ muted: true }`. */
  async change(room: string, addressOfRecord: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
    for (const member of await this.someOf(room, addressOfRecord))
      await this.done('PATCH', `/${room}/members/${member}`, fields);
  }

  async kick(room: string, addressOfRecord: string): Promise<void> {
    for (const member of await this.someOf(room, addressOfRecord))
      await this.done('DELETE', `/${room}/members/${member}`);
  }

  async invite(room: string, target: string): Promise<void> {
    await this.done('POST', `/${room}/invitations`, { target });
  }

  async end(room: string): Promise<void> {
    await this.done('DELETE', `/${room}`);
  }

  /** Asks anything below the tenant's conferences. */
  async ask(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const answer = await fetch(`${this.base}/v1/tenants/${this.tenantId}/conferences${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        // Kept ones would be sockets of the pod, of which some tests count how many are left.
        connection: 'close',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: await answer.text() };
  }

  private async someOf(room: string, addressOfRecord: string): Promise<readonly string[]> {
    const members = await this.membersOf(room, addressOfRecord);
    if (members.length === 0) throw new Error(`${addressOfRecord} is no member of ${room}`);
    return members;
  }

  private async done(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const answer = await this.ask(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.text}`);
    return answer;
  }
}
