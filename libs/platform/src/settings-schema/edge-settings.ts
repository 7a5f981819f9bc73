import {
  file,
  instanceName,
  parseIdentified,
  parseMediaNode,
  parseSealKeys,
  pinholeChoices,
  wholeNumber,
} from '../setting-values.js';
import { instanceNameExpected } from './expected.js';
import { setting, settingOr } from './setting.js';

/** Of edges, their phones and their leaving. */
export const edgeSettings = {
  RINGDOWN_RTPENGINE_URLS: setting(
    {
      description:
        'Where rtpengines take commands (ng protocol over UDP), alike on every edge. Calls under way know theirs by its id: an id that was used must not become that of another one.',
      expected: 'a comma-separated list of id@host:port, the id from 0 to 255, each once',
      fallback: 'media is not relayed',
    },
    (text) => parseIdentified(text, parseMediaNode),
  ),
  RINGDOWN_EDGE_ID: settingOr(
    'edge-1',
    { description: 'Name of this edge, unique in the platform.', expected: instanceNameExpected },
    instanceName,
  ),
  RINGDOWN_UDP_PINHOLES: settingOr(
    'shared',
    {
      description:
        'Whose the way back to a phone over UDP is. `shared`: all edges send from one address, a balancer that keeps source addresses, so any of them reaches a phone whose edge is dead. `owned`: only the edge where it registered does; its bindings are suspended with that edge.',
      expected: `one of ${pinholeChoices.join(', ')}`,
    },
    (text) => pinholeChoices.find((choice) => choice === text),
  ),
  RINGDOWN_LEASE_GRACE_SEC: settingOr(
    '60',
    {
      description:
        'How long location keeps what is bound to the flows of an edge that has fallen silent, in seconds. Until then it is suspended, and restored if the edge comes back.',
      expected: 'a whole number from 1 to 86400',
    },
    (text) => wholeNumber(text, 1, 86_400),
  ),
  RINGDOWN_DRAIN_NOTICE_SEC: setting(
    {
      description:
        'How long an edge that was told to end goes on as before, though not ready any more, in seconds: until the balancers have noticed. Without another edge it doesn’t wait.',
      expected: 'a whole number from 0 to 600',
      fallback: '5; 0 where all services run in one process',
    },
    (text) => wholeNumber(text, 0, 600),
  ),
  RINGDOWN_DRAIN_GRACE_SEC: setting(
    {
      description:
        'How long it then has at the most, in seconds: connections are closed within half of that, and what rings may go on to ring. On a conference focus conferences go on for so long. An orchestrator has to wait 10 s longer than both together before it kills the process.',
      expected: 'a whole number from 1 to 3600',
      fallback: '60; 9 where all services run in one process',
    },
    (text) => wholeNumber(text, 1, 3_600),
  ),
  RINGDOWN_SEAL_KEYS: setting(
    {
      description:
        'Keys that seal routes, nonces and temporary GRUUs, alike on every edge and registrar. The first seals, all of them open; keep an old one for as long as the longest call and the longest time between two REGISTERs of a device.',
      expected: 'a comma-separated list of id:key, the id from 0 to 255, the key 16 or 32 bytes in base64',
      fallback: 'generated at the first start',
      secret: true,
    },
    parseSealKeys,
  ),
  RINGDOWN_SEAL_KEYS_FILE: setting(
    {
      description:
        'A file with the keys instead, by commas or lines; a mounted secret, for instance. Read again when it changes, so that keys rotate while calls go on.',
      expected: 'a file',
    },
    file,
  ),
};
