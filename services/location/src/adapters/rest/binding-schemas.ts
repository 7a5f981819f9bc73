import { parsed, parseTenantId, rejected } from '@ringdown/platform/commands';
import { pageQuery, readText } from '@ringdown/platform/rest';
import { z } from 'zod';

export const tenantId = readText(parseTenantId, { description: 'The tenant, named by the operator.', example: 'acme' });

export const bindingsQuery = pageQuery.extend({
  limit: pageQuery.shape.limit
    .unwrap()
    .default(100)
    .meta({ description: 'How many addresses of record at most; each comes with all of its bindings.' }),
  addressOfRecord: readText(
    (text) => (/^sips?:[\x21-\x7e]{1,512}$/.test(text) ? parsed(text) : rejected('must be an address of record')),
    {
      description: 'The bindings of this address of record only, in its canonical form.',
      example: 'sip:bob@acme.example',
    },
  ).optional(),
});

export const bindingView = z
  .object({
    tenantId: z.string(),
    addressOfRecord: z.string().meta({ example: 'sip:bob@acme.example' }),
    version: z.int().meta({ description: 'Of the address of record; grows with every change of it.' }),
    contact: z.string().meta({ description: 'What the phone has registered.', example: 'sip:bob@10.0.0.7:5060' }),
    q: z
      .number()
      .nullable()
      .meta({ description: 'Its preference, 0 to 1; null where the phone gave none, which counts as 1.' }),
    expiresInSec: z.int().meta({ description: 'Until it expires, rounded up.' }),
    instanceId: z.string().nullable().meta({ description: 'The device (RFC 5626); null where it names none.' }),
    regId: z.int().nullable().meta({ description: 'Which of the device’s flows it is (RFC 5626).' }),
    path: z.array(z.string()).meta({ description: 'Proxies before the phone (RFC 3327).' }),
    userAgent: z.string(),
    suspended: z
      .boolean()
      .meta({ description: 'Whether the edge that has its connection is silent: nothing is sent there.' }),
    updatedAt: z.iso.datetime().meta({ description: 'When the phone has last registered.' }),
    flow: z
      .object({
        edgeId: z.string().meta({ description: 'The edge that has it.', example: 'edge-1' }),
        transport: z.string().meta({ example: 'TLS' }),
        source: z.string().meta({ description: 'Where the phone sends from.', example: '198.51.100.7:40000' }),
      })
      .nullable()
      .meta({
        description: 'The flow that the phone is reached over; null for a contact that says itself where it is.',
      }),
  })
  .meta({ id: 'Binding', description: 'A registered contact.' });
