import { Controller, HttpCode, Inject } from '@nestjs/common';
import { Handles, Input, type InputOf, nothing, type Operation } from '@ringdown/platform/rest';
import { parseMessage } from '@ringdown/sip-message';
import { formatHostPort } from '@ringdown/sip-transport';
import { z } from 'zod';
import type { CapturedMessage } from '../../domain/captured-message.js';
import type { CallMessages } from '../../use-cases/find-call-messages.js';
import { CALL_TRACING } from './injection.js';

/** What the platform knows of a call that is, or was lately, under way. */
export interface CallTracing {
  readonly messages: (callId: string) => Promise<CallMessages>;
  readonly keep: (callId: string) => void;
  /** The trace that a request belongs to, and whether its spans are exported. */
  readonly trace: (
    callId: string,
    method: string,
    cseq: number,
  ) => { readonly traceId: string; readonly sampled: boolean };
}

const tag = 'Messages of calls';
const params = z.object({
  sipCallId: z
    .string()
    .min(1)
    .max(512)
    .meta({ description: 'The Call-ID, percent-encoded.', example: 'a84b4c76e66710@pc33' }),
});
const hostPort = z.string().meta({ description: 'Host and port.', example: '192.0.2.7:5060' });

const messageView = z
  .object({
    edge: z.string().meta({ description: 'The edge that saw it.', example: 'edge-1' }),
    at: z.iso.datetime().meta({ description: "When, by that edge's clock." }),
    atUs: z.int().meta({ description: 'The same in microseconds since 1970.' }),
    direction: z.enum(['received', 'sent']),
    transport: z
      .string()
      .meta({ description: 'UDP, TCP, TLS, WS, WSS, or SIPLINK between parts of the platform.', example: 'UDP' }),
    local: hostPort,
    remote: hostPort,
    peer: z
      .string()
      .nullable()
      .meta({ description: 'Over SIPLINK, the edge or service at the other end; else null.', example: null }),
    sip: z.string().meta({ description: 'The message, with its secrets blanked.' }),
  })
  .meta({ id: 'CapturedMessage', description: 'A message that went over a flow of an edge.' });

const callView = z
  .object({
    callId: z.string(),
    traceId: z.string().meta({
      description: 'Of the trace that the call (or the first REGISTER that was found) has.',
      example: '4bf92f3577b34da6a3ce929d0e0e4736',
    }),
    sampled: z.boolean().meta({ description: 'Whether its spans are exported.' }),
    kept: z
      .enum(['failed', 'slow', 'operator'])
      .nullable()
      .meta({ description: 'Why its messages are kept for an hour; null where they go with the last minute.' }),
    edges: z.array(
      z.object({
        id: z.string().meta({ example: 'edge-1' }),
        answer: z.enum(['found', 'keeps-none', 'silent']).meta({
          description:
            '"keeps-none": it is not set to keep messages. "silent": it did not answer in time, so that messages may be missing.',
        }),
        truncated: z.boolean().meta({ description: 'Whether it had more messages than fit.' }),
        reachesBackMs: z.int().meta({ description: 'How far back in time its messages reach.' }),
      }),
    ),
    messages: z.array(messageView),
  })
  .meta({ id: 'CallMessages', description: 'What all edges have of a call.' });

const find = {
  id: 'getCallMessages',
  tag,
  method: 'GET',
  path: '/v1/calls/{sipCallId}/messages',
  summary: 'Show the messages of a call',
  description:
    'Every edge is asked for those of the last minute. A Call-ID that nobody has seen lately gives an empty list.',
  params,
  query: nothing,
  responses: { 200: { description: 'What the edges have.', schema: callView } },
} as const satisfies Operation;

const keep = {
  id: 'keepCallMessages',
  tag,
  method: 'POST',
  path: '/v1/calls/{sipCallId}/keep',
  summary: 'Keep the messages of a call for an hour',
  description: 'Those that the edges have by now, and those that come within the next ten minutes.',
  params,
  query: nothing,
  responses: { 202: { description: 'Every edge is told.' } },
} as const satisfies Operation;

@Controller()
export class CallMessagesController {
  static readonly operations: readonly Operation[] = [find, keep];
  readonly #tracing: CallTracing;

  constructor(@Inject(CALL_TRACING) tracing: CallTracing) {
    this.#tracing = tracing;
  }

  @Handles(find)
  async find(@Input(find) { params }: InputOf<typeof find>): Promise<z.output<typeof callView>> {
    const callId = params.sipCallId;
    const { messages, edges, kept } = await this.#tracing.messages(callId);
    return {
      callId,
      ...this.#traceOf(callId, messages),
      kept: kept ?? null,
      edges: edges.map(({ edgeId, answer, truncated, reachesBackMs }) => ({
        id: edgeId,
        answer,
        truncated,
        reachesBackMs: Math.round(reachesBackMs),
      })),
      messages: messages.map(shown),
    };
  }

  @Handles(keep)
  @HttpCode(202)
  keep(@Input(keep) { params }: InputOf<typeof keep>): void {
    this.#tracing.keep(params.sipCallId);
  }

  /** Of a REGISTER the CSeq is part of the trace's name. */
  #traceOf(
    callId: string,
    messages: readonly CapturedMessage[],
  ): { readonly traceId: string; readonly sampled: boolean } {
    for (const { raw } of messages) {
      const message = parseMessage(raw);
      if (message.kind === 'request') return this.#tracing.trace(callId, message.method, message.cseq.number);
    }
    return this.#tracing.trace(callId, 'INVITE', 1);
  }
}

function shown({
  edgeId,
  atUs,
  direction,
  transport,
  local,
  remote,
  peer,
  raw,
}: CapturedMessage): z.output<typeof messageView> {
  return {
    edge: edgeId,
    at: new Date(atUs / 1_000).toISOString(),
    atUs: Math.round(atUs),
    direction,
    transport,
    local: formatHostPort(local),
    remote: formatHostPort(remote),
    peer: peer ?? null,
    // RFC 3261 §25.1: text is UTF-8.
    sip: Buffer.from(raw, 'latin1').toString('utf8'),
  };
}
