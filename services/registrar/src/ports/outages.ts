/** Told how asking another service went, so that an outage is logged once and not per request. */
export interface Outages {
  failed(dependency: 'location' | 'directory', error: unknown): void;
  worked(dependency: 'location' | 'directory'): void;
}
