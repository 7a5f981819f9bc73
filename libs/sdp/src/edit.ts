import { readOrigin } from './fields.js';
import { scanLines } from './lines.js';
import { nextOrigin } from './origin.js';
import { printAttribute, printConnection, printOrigin } from './print.js';
import type { Connection } from './session-description.js';

/** The session's own lines, or the media description of that index. */
export type Section = 'session' | number;

interface EditedLine {
  readonly type: string;
  /** Without line ending. */
  text: string;
  ending: string;
  readonly section: number;
}

/**
 * Changes single lines of a description and leaves every other byte as it is: order, unknown attributes, line endings. It needs no
 * parsed description, only one that `parseSession` accepts. Every method returns the edit; naming a section that is not
 * there throws, since the caller has counted them.
 */
export class SessionEdit {
  readonly #lines: EditedLine[];
  readonly #tail: string;
  readonly #ending: string;

  constructor(text: string) {
    const lines = scanLines(text, Number.POSITIVE_INFINITY);
    this.#lines = lines.map((line) => ({
      type: line.type,
      text: text.slice(line.start, line.end),
      ending: text.slice(line.end, line.next),
      section: line.section,
    }));
    this.#tail = text.slice(lines.at(-1)?.next ?? 0);
    this.#ending = this.#lines[0]?.ending === '\n' ? '\n' : '\r\n';
  }

  /** How many media descriptions there are. */
  get mediaCount(): number {
    return (this.#lines.at(-1)?.section ?? -1) + 1;
  }

  /** Sets the first `c=` of a section and removes its further ones; adds one where there is none. */
  connection(section: Section, connection: Connection): this {
    const text = `c=${printConnection(connection)}`;
    const first = this.#find(section, (line) => line.type === 'c');
    if (first === -1) {
      // RFC 8866 §5: c= follows the opening lines and i=, u=, e=, p=, and comes before b=, t=, a=.
      return this.#insertAfter(section, 'mvosiuep', text);
    }
    (this.#lines[first] as EditedLine).text = text;
    this.#removeWhere(section, (line, at) => line.type === 'c' && at > first);
    return this;
  }

  /** Sets the port of an `m=` line; a port count (`/2`) stays. */
  mediaPort(index: number, port: number): this {
    const line = this.#lines[this.#find(index, ({ type }) => type === 'm')] as EditedLine;
    line.text = line.text.replace(/^(m=\s*\S+\s+)\d+/, (_, head: string) => `${head}${port}`);
    return this;
  }

  /** Sets the first `a=` of that name in a section, or adds one at the section's end. `value` undefined: a property attribute. */
  attribute(section: Section, name: string, value: string | undefined): this {
    const text = `a=${printAttribute({ name, value })}`;
    const at = this.#find(section, (line) => isAttribute(line, name));
    if (at === -1) return this.#insertAfter(section, undefined, text);
    (this.#lines[at] as EditedLine).text = text;
    return this;
  }

  /** Adds an `a=` at the section's end, also if there is one of that name. */
  addAttribute(section: Section, name: string, value: string | undefined): this {
    return this.#insertAfter(section, undefined, `a=${printAttribute({ name, value })}`);
  }

  /** Removes every `a=` of that name from a section. */
  removeAttribute(section: Section, name: string): this {
    this.#find(section, () => false);
    this.#removeWhere(section, (line) => isAttribute(line, name));
    return this;
  }

  /** Counts the session version up, as a changed description must (RFC 3264 §8). */
  nextVersion(): this {
    const line = this.#lines[this.#find('session', ({ type }) => type === 'o')];
    const origin = line === undefined ? undefined : readOrigin(line.text.slice(2));
    if (line !== undefined && origin !== undefined) line.text = `o=${printOrigin(nextOrigin(origin))}`;
    return this;
  }

  /** The changed description. */
  toString(): string {
    let text = '';
    for (const line of this.#lines) text += line.text + line.ending;
    return text + this.#tail;
  }

  #sectionIndex(section: Section): number {
    const index = section === 'session' ? -1 : section;
    if (index < -1 || index >= this.mediaCount) {
      throw new RangeError(`the description has ${this.mediaCount} media descriptions, so none with index ${index}`);
    }
    return index;
  }

  #find(section: Section, matches: (line: EditedLine) => boolean): number {
    const index = this.#sectionIndex(section);
    return this.#lines.findIndex((line) => line.section === index && matches(line));
  }

  #removeWhere(section: Section, matches: (line: EditedLine, at: number) => boolean): void {
    const index = this.#sectionIndex(section);
    for (let at = this.#lines.length - 1; at >= 0; at -= 1) {
      const line = this.#lines[at] as EditedLine;
      if (line.section === index && matches(line, at)) this.#lines.splice(at, 1);
    }
  }

  /** Inserts behind the section's last line whose type is among `types`, or behind its last line at all. */
  #insertAfter(section: Section, types: string | undefined, text: string): this {
    const index = this.#sectionIndex(section);
    const at = this.#lines.findLastIndex(
      (line) => line.section === index && (types === undefined || (line.type !== '' && types.includes(line.type))),
    );
    const before = this.#lines[at];
    if (before !== undefined && before.ending === '') before.ending = this.#ending;
    this.#lines.splice(at + 1, 0, { type: text.slice(0, 1), text, ending: this.#ending, section: index });
    return this;
  }
}

function isAttribute(line: EditedLine, name: string): boolean {
  if (line.type !== 'a' || !line.text.startsWith(name, 2)) return false;
  const end = 2 + name.length;
  return line.text.length === end || line.text[end] === ':';
}

/** Starts changing a description. */
export function editSession(text: string): SessionEdit {
  return new SessionEdit(text);
}
