import { type Parsed, parsed, rejected } from '@ringdown/platform/commands';
import { readText } from '@ringdown/platform/rest';
import { parseUri } from '@ringdown/sip-message';
import { type HostPort, parseHostPort } from '@ringdown/sip-transport';
import { z } from 'zod';

/** A URI as it can stand in a request line and between angle brackets. */
function parseAskedUri(text: string): Parsed<string> {
  if (!/^[\x21-\x7e]{1,512}$/.test(text) || /[<>"]/.test(text))
    return rejected('must be a URI of at most 512 printable characters');
  return parseUri(text).kind === 'failure' ? rejected('must be a URI, such as sip:bob@acme.example') : parsed(text);
}

function parseSource(text: string): Parsed<HostPort> {
  const source = parseHostPort(text);
  return source === undefined
    ? rejected('must be an IP address and a port, such as 198.51.100.7:5060')
    : parsed(source);
}

export const explainQuestion = z
  .strictObject({
    from: readText(parseAskedUri, { description: 'Who calls.', example: 'sip:alice@acme.example' }),
    to: readText(parseAskedUri, {
      description: 'Whom: the Request-URI. For a REGISTER the domain, as sip:acme.example.',
      example: 'sip:bob@acme.example',
    }),
    method: z
      .enum(
        ['INVITE', 'MESSAGE', 'OPTIONS', 'REFER', 'REGISTER', 'SUBSCRIBE'],
        'must be INVITE, MESSAGE, OPTIONS, REFER, REGISTER or SUBSCRIBE',
      )
      .default('INVITE')
      .meta({ description: 'What the caller wants.' }),
    transport: z
      .enum(['UDP', 'TCP', 'TLS', 'WS', 'WSS'], 'must be UDP, TCP, TLS, WS or WSS')
      .default('UDP')
      .meta({ description: 'Over what it would come.' }),
    source: readText(parseSource, {
      description: 'Where it would come from. Absent: a peer is taken to come from where its route leads.',
      example: '198.51.100.7:5060',
    }).optional(),
    username: z
      .string()
      .min(1, 'must not be empty')
      .max(256, 'must be at most 256 characters long')
      .optional()
      .meta({ description: "The username that the caller signs in with; absent: its address's user part." }),
  })
  .meta({ id: 'ExplainQuestion', description: 'A request that nobody sends.' });

const step = z.object({
  step: z.string().meta({ description: 'What the decision is about.', example: 'destination' }),
  decision: z.string().meta({ description: 'What was found or decided.' }),
  rule: z.string().optional().meta({ description: 'The row, rule or policy behind it.' }),
});

const outcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('forwarded'), targets: z.array(z.string()).meta({ description: 'Their URIs.' }) }),
  z.object({ kind: z.literal('service'), service: z.string() }),
  z.object({ kind: z.literal('answered'), statusCode: z.int(), reasonPhrase: z.string() }),
]);

export const explanationView = z
  .object({
    edgeId: z.string().meta({ description: 'The edge that was asked; each counts limits for itself.' }),
    outcome: outcome.meta({ description: 'What would become of it.' }),
    steps: z.array(step).meta({ description: 'Every decision, in their order.' }),
  })
  .meta({ id: 'Explanation', description: 'Why a request would go where it goes.' });
