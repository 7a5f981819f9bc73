import { XMLParser } from 'fast-xml-parser';

/** One phone as a roster document tells it: what this needs of it. */
export interface SeenEndpoint {
  readonly entity: string;
  readonly status: string;
  readonly joiningMethod: string;
  readonly media: readonly string[];
}

/** Users by their entities, each with its roles and phones. */
export type SeenUsers = ReadonlyMap<
  string,
  { readonly roles: readonly string[]; readonly endpoints: readonly SeenEndpoint[] }
>;

interface Element {
  readonly [name: string]: unknown;
}

const many = new Set(['user', 'endpoint', 'media', 'entry']);
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  removeNSPrefix: true,
  isArray: (name) => many.has(name),
});

/** A conference as a subscriber sees it who follows the rules of RFC 4575 §4.6: a full document replaces all, a partial one changes what it names. */
export class RosterView {
  /** Of the latest document. */
  version = 0;
  /** Documents whose version was not the next one: something was missed, and the subscriber would have to subscribe anew. */
  gaps = 0;
  private readonly fields = new Map<string, string>();
  private readonly people = new Map<
    string,
    { readonly roles: readonly string[]; readonly endpoints: Map<string, SeenEndpoint> }
  >();

  /** Takes the next document. */
  read(document: string): void {
    const root = (parser.parse(document) as Element)['conference-info'] as Element;
    const version = Number(text(root, '@version'));
    if (this.version !== 0 && version !== this.version + 1) this.gaps += 1;
    this.version = version;
    const isFull = stateOf(root) === 'full';
    if (isFull) this.fields.clear();
    const state = root['conference-state'] as Element | undefined;
    for (const [name, value] of Object.entries(state ?? {})) this.fields.set(name, String(value));
    const users = root['users'] as Element | undefined;
    if (isFull || (users !== undefined && stateOf(users) === 'full')) this.people.clear();
    for (const user of list(users, 'user')) this.readUser(user);
  }

  /** `user-count`, `active`, `locked`. */
  field(name: string): string | undefined {
    return this.fields.get(name);
  }

  /** Who is in it, in the order of their entities. */
  get users(): SeenUsers {
    const sorted = [...this.people].toSorted(([one], [other]) => one.localeCompare(other));
    return new Map(
      sorted.map(([entity, { roles, endpoints }]) => [
        entity,
        {
          roles: roles.toSorted(),
          endpoints: [...endpoints.values()].toSorted((one, other) => one.entity.localeCompare(other.entity)),
        },
      ]),
    );
  }

  private readUser(user: Element): void {
    const entity = text(user, '@entity');
    const state = stateOf(user);
    if (state === 'deleted') {
      this.people.delete(entity);
      return;
    }
    const known = state === 'full' ? undefined : this.people.get(entity);
    const roles = user['roles'] as Element | undefined;
    const said = roles === undefined ? undefined : (roles['entry'] as readonly unknown[] | undefined)?.map(String);
    const endpoints = new Map(known?.endpoints);
    for (const endpoint of list(user, 'endpoint')) {
      const name = text(endpoint, '@entity');
      if (stateOf(endpoint) === 'deleted') endpoints.delete(name);
      else endpoints.set(name, seen(name, endpoint, stateOf(endpoint) === 'full' ? undefined : endpoints.get(name)));
    }
    this.people.set(entity, { roles: said ?? known?.roles ?? [], endpoints });
  }
}

function seen(entity: string, endpoint: Element, known: SeenEndpoint | undefined): SeenEndpoint {
  const media = list(endpoint, 'media').map((each) => `${text(each, 'type')} ${text(each, 'status')}`);
  return {
    entity,
    status: text(endpoint, 'status') || (known?.status ?? ''),
    joiningMethod: text(endpoint, 'joining-method') || (known?.joiningMethod ?? ''),
    media: media.length > 0 ? media : (known?.media ?? []),
  };
}

function list(element: Element | undefined, name: string): readonly Element[] {
  const children = element?.[name];
  return Array.isArray(children) ? (children as Element[]) : [];
}

function text(element: Element, name: string): string {
  const value = element[name];
  return value === undefined || value === null ? '' : String(value);
}

/** RFC 4575 §4.5: without the attribute an element is full. */
function stateOf(element: Element): string {
  return text(element, '@state') || 'full';
}
