import { endpoints } from '../setting-values.js';
import { endpointsExpected } from './expected.js';
import { setting } from './setting.js';

/** Where the other services are. */
export const serviceSettings = {
  RINGDOWN_LOCATION_URLS: setting(
    { description: 'Where location is served over gRPC.', expected: endpointsExpected, fallback: 'in the process' },
    endpoints,
  ),
  RINGDOWN_DIRECTORY_URLS: setting(
    { description: 'Where directory is served over gRPC.', expected: endpointsExpected, fallback: 'in the process' },
    endpoints,
  ),
  RINGDOWN_REGISTRAR_URLS: setting(
    {
      description: 'Registrars that edges reach over SipLink.',
      expected: endpointsExpected,
      fallback: 'in the process',
    },
    endpoints,
  ),
  RINGDOWN_REDIRECT_URLS: setting(
    {
      description: 'Redirect servers that edges reach over SipLink.',
      expected: endpointsExpected,
      fallback: 'in the process',
    },
    endpoints,
  ),
  RINGDOWN_FOCUS_URLS: setting(
    {
      description: 'Conference focuses: edges ask them over gRPC where a conference is, and reach them over SipLink.',
      expected: endpointsExpected,
      fallback: 'in the process; there are no conferences where services run apart',
    },
    endpoints,
  ),
};
