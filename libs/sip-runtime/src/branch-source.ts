import { hash, randomFillSync } from 'node:crypto';

/** RFC 3261 §8.1.1.7: the beginning of every branch that is unique by construction. */
const magicCookie = 'z9hG4bK';
const separator = '~';
const nameForm = /^[A-Za-z0-9_-]{1,32}$/;
/** RFC 3261 §19.3 asks for at least 32 random bits in a tag; a token has 48. */
const tokenCharacters = 12;
const followingCharacters = 16;
const poolBytes = 512 * (tokenCharacters / 2);

/** The element that made a branch, and which life of it. */
export interface BranchOwner {
  readonly edge: string;
  readonly incarnation: string;
}

/**
 * Makes branches that name their maker, `z9hG4bK<edge>~<incarnation>~<unique>`, so that whoever receives a response that
 * isn't its own can tell whose it is; and tags. Both are unique, and hard to guess for who has seen others.
 */
export class BranchSource {
  readonly owner: BranchOwner;
  readonly #edgePrefix: string;
  readonly #prefix: string;
  readonly #pool = Buffer.alloc(poolBytes);
  readonly #fill: (pool: Buffer) => void;
  #tokens = '';
  #used = 0;
  #count = 0;

  /** `fill` overwrites the buffer with random bytes. Throws when a name isn't 1 to 32 letters, digits, `-` and `_`. */
  constructor(owner: BranchOwner, fill: (pool: Buffer) => void = (pool) => void randomFillSync(pool)) {
    for (const [what, name] of Object.entries(owner)) {
      if (!nameForm.test(name)) {
        throw new Error(`${what} "${name}" can't stand in a branch: it must be 1 to 32 letters, digits, "-" and "_"`);
      }
    }
    this.owner = owner;
    this.#edgePrefix = `${magicCookie}${owner.edge}${separator}`;
    this.#prefix = `${this.#edgePrefix}${owner.incarnation}${separator}`;
    this.#fill = fill;
  }

  /** A branch that this source never gives again. */
  next(): string {
    this.#count += 1;
    return this.#prefix + this.#count.toString(36) + this.#token();
  }

  /**
   * The branch for what is forwarded without a transaction, from the branch that it came with: the same again for a retransmission
   * (RFC 3261 §16.11), so that the next element can tell that it is one.
   */
  following(branch: string): string {
    return this.#prefix + hash('sha256', branch, 'base64url').slice(0, followingCharacters);
  }

  /** A tag. */
  nextTag(): string {
    return this.#token();
  }

  /** Whether this source, in this life, made the branch. */
  made(branch: string): boolean {
    return branch.startsWith(this.#prefix);
  }

  /** Whether a source of this edge, in any life, made the branch. */
  isOfEdge(branch: string): boolean {
    return branch.startsWith(this.#edgePrefix);
  }

  #token(): string {
    if (this.#used === this.#tokens.length) {
      this.#fill(this.#pool);
      this.#tokens = this.#pool.toString('hex');
      this.#used = 0;
    }
    // Short enough for the engine to copy, so that a token doesn't keep the others alive.
    const token = this.#tokens.slice(this.#used, this.#used + tokenCharacters);
    this.#used += tokenCharacters;
    return token;
  }
}

/** Who made a branch of BranchSource's form; undefined for any other branch. */
export function branchOwner(branch: string): BranchOwner | undefined {
  if (!branch.startsWith(magicCookie)) return undefined;
  const [edge, incarnation, unique] = branch.slice(magicCookie.length).split(separator, 3);
  if (edge === undefined || incarnation === undefined || unique === undefined) return undefined;
  return nameForm.test(edge) && nameForm.test(incarnation) ? { edge, incarnation } : undefined;
}
