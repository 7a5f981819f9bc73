export interface SeededTenant {
  readonly tenantId: string;
  readonly domain: string;
  readonly digestAlgorithms: readonly string[];
  /** Default: when needed. */
  readonly mediaRelay?: 'never' | 'when-needed' | 'always';
}

/** What an operator does over REST to have a tenant with subscribers. */
export class OperatorApi {
  constructor(
    private readonly base: string,
    private readonly key: string,
  ) {}

  /** Creates a tenant, or makes it so. */
  async putTenant({ tenantId, domain, digestAlgorithms, mediaRelay }: SeededTenant): Promise<void> {
    const policies = mediaRelay === undefined ? {} : { policies: { mediaRelay } };
    const tenant = { displayName: tenantId, canonicalDomain: domain, digestAlgorithms, ...policies };
    await this.#send('PUT', `/v1/tenants/${tenantId}`, 'application/json', JSON.stringify(tenant));
  }

  /** Creates subscribers, all in one commit. */
  async importSubscribers(tenantId: string, subscribers: readonly (readonly [username: string, password: string])[]) {
    const csv = ['username,password', ...subscribers.map((each) => each.join(','))].join('\n');
    await this.#send('POST', `/v1/tenants/${tenantId}/subscribers:import`, 'text/csv', `${csv}\n`);
  }

  /** Creates a route to a domain, or makes it so: calls to it go to `nextHop`, and calls from it are let in from there. */
  async putDomainRoute(tenantId: string, routeId: string, domain: string, nextHop: string): Promise<void> {
    const route = { match: { kind: 'domain', domain }, action: { kind: 'next-hop', uri: nextHop } };
    await this.#send('PUT', `/v1/tenants/${tenantId}/routes/${routeId}`, 'application/json', JSON.stringify(route));
  }

  /** Creates a conference room, or makes it so; the settings are those of the REST API. */
  async putRoom(tenantId: string, room: string, settings: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const path = `/v1/tenants/${tenantId}/conferences/rooms/${room}`;
    await this.#send('PUT', path, 'application/json', JSON.stringify(settings));
  }

  /** The rooms in which a conference is under way, with the pod that has it. */
  async conferencesUnderWay(tenantId: string): Promise<ReadonlyMap<string, string>> {
    const text = await this.#send('GET', `/v1/tenants/${tenantId}/conferences`);
    const { items } = JSON.parse(text) as { items: readonly { readonly room: string; readonly focusId: string }[] };
    return new Map(items.map(({ room, focusId }) => [room, focusId]));
  }

  /** Asks anything, and returns the answer whatever it is; without JSON in it `json` is undefined. */
  async ask(
    method: string,
    path: string,
    json?: unknown,
  ): Promise<{ readonly status: number; readonly json: unknown }> {
    const headers = {
      authorization: `Bearer ${this.key}`,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const body = json === undefined ? null : JSON.stringify(json);
    const answer = await fetch(this.base + path, { method, headers, body });
    const isJson = /json/.test(answer.headers.get('content-type') ?? '');
    return { status: answer.status, json: isJson ? await answer.json() : undefined };
  }

  async #send(method: string, path: string, contentType?: string, body?: string): Promise<string> {
    const answer = await fetch(this.base + path, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    return text;
  }
}
