import type { location } from '@ringdown/contracts';

/** What the registrar asks location: one atomic change, or what is bound. */
export type Bindings = Pick<location.LocationService, 'bind' | 'lookup'>;
