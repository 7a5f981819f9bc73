import { XMLParser } from 'fast-xml-parser';

/** An element of a document: text, attributes under `@`, children by name, always as lists. */
interface Element {
  readonly [name: string]: unknown;
}

/** What a subscriber knows of one endpoint. */
export type ReadEndpoint = Readonly<Record<string, unknown>>;

export interface ReadUser {
  displayName: string | undefined;
  roles: readonly string[];
  readonly endpoints: Map<string, ReadEndpoint>;
}

const REPEATED = new Set(['user', 'endpoint', 'media', 'entry']);

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (name) => REPEATED.has(name),
});

function list(element: unknown, name: string): readonly Element[] {
  const children = (element as Element | undefined)?.[name];
  return Array.isArray(children) ? (children as Element[]) : [];
}

function text(element: unknown, name: string): string | undefined {
  return (element as Element | undefined)?.[name] as string | undefined;
}

function stateOf(element: Element): string {
  return text(element, '@state') ?? 'full';
}

/** A subscriber's view of a conference, folded from documents by the rules of RFC 4575 §4. */
export class RosterReader {
  version: number | undefined;
  /** How often a full document had to be asked for, because a version was missing. */
  gaps = 0;
  description: Element | undefined;
  state: Element | undefined;
  users = new Map<string, ReadUser>();

  /** Takes one document; false where it was old, or needs a full one first. */
  read(document: string): boolean {
    const root = (parser.parse(document) as Element)['conference-info'] as Element;
    const version = Number(text(root, '@version'));
    const isFull = stateOf(root) === 'full';
    if (this.version !== undefined && version <= this.version) return false;
    if (!isFull && (this.version === undefined || version > this.version + 1)) {
      this.gaps += 1;
      return false;
    }
    this.version = version;
    if (isFull) {
      this.description = undefined;
      this.state = undefined;
      this.users = new Map();
    }
    // These have no state of their own: what comes takes the place of what was.
    if (root['conference-description'] !== undefined) this.description = root['conference-description'] as Element;
    if (root['conference-state'] !== undefined) this.state = root['conference-state'] as Element;
    const users = root.users as Element | undefined;
    if (users !== undefined) {
      if (stateOf(users) === 'full') this.users = new Map();
      for (const user of list(users, 'user')) this.#user(user);
    }
    return true;
  }

  #user(element: Element): void {
    const entity = text(element, '@entity')!;
    const state = stateOf(element);
    if (state === 'deleted') {
      this.users.delete(entity);
      return;
    }
    const known = state === 'partial' ? this.users.get(entity) : undefined;
    const user: ReadUser = known ?? { displayName: undefined, roles: [], endpoints: new Map() };
    this.users.set(entity, user);
    user.displayName = text(element, 'display-text') ?? user.displayName;
    if (element.roles !== undefined) user.roles = list(element.roles, 'entry') as unknown as string[];
    for (const endpoint of list(element, 'endpoint')) {
      const key = text(endpoint, '@entity')!;
      const { '@state': how, ...content } = endpoint;
      if (how === 'deleted') user.endpoints.delete(key);
      else if (how === 'partial') user.endpoints.set(key, { ...user.endpoints.get(key), ...content });
      else user.endpoints.set(key, content);
    }
  }
}
