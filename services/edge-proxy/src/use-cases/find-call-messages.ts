import type { CapturedMessage } from '../domain/captured-message.js';
import type { KeepReason } from '../domain/keep-reason.js';

/** What one edge has of a call. */
export interface MessagesOfEdge {
  readonly messages: readonly CapturedMessage[];
  readonly truncated: boolean;
  readonly reachesBackMs: number;
  readonly kept: KeepReason | undefined;
}

/** How an edge has answered: that it has given what it has, that it keeps none, or that it didn't in time. */
export interface AskedEdge {
  readonly edgeId: string;
  readonly answer: 'found' | 'keeps-none' | 'silent';
  readonly truncated: boolean;
  /** How far back in time its messages reach. */
  readonly reachesBackMs: number;
}

/** What the platform has of a call. */
export interface CallMessages {
  /** By time; those of one edge in their order. */
  readonly messages: readonly CapturedMessage[];
  readonly edges: readonly AskedEdge[];
  /** Why they are kept longer than others, where they are. */
  readonly kept: KeepReason | undefined;
}

/** An edge that can be asked; `found` gives undefined where it keeps no messages, and rejects where it doesn't answer. */
export interface EdgeToAsk {
  readonly edgeId: string;
  readonly found: (callId: string) => Promise<MessagesOfEdge | undefined>;
}

/** Asks all edges at once for the messages of a call. */
export async function findCallMessages(edges: readonly EdgeToAsk[], callId: string): Promise<CallMessages> {
  const answers = await Promise.all(
    edges.map(async ({ edgeId, found }) => {
      const answer = await found(callId).catch(() => 'silent' as const);
      return { edgeId, answer };
    }),
  );
  const found = answers.map(({ answer }) => answer).filter((answer) => answer !== undefined && answer !== 'silent');
  return {
    messages: found.flatMap(({ messages }) => messages).sort((one, other) => one.atUs - other.atUs),
    edges: answers
      .map(({ edgeId, answer }) => askedEdge(edgeId, answer))
      .sort((one, other) => (one.edgeId < other.edgeId ? -1 : 1)),
    kept: found.find(({ kept }) => kept === 'operator')?.kept ?? found.find(({ kept }) => kept !== undefined)?.kept,
  };
}

function askedEdge(edgeId: string, answer: MessagesOfEdge | undefined | 'silent'): AskedEdge {
  if (answer === undefined) return { edgeId, answer: 'keeps-none', truncated: false, reachesBackMs: 0 };
  if (answer === 'silent') return { edgeId, answer, truncated: false, reachesBackMs: 0 };
  const { truncated, reachesBackMs } = answer;
  return { edgeId, answer: 'found', truncated, reachesBackMs };
}
