/** The `location.LocationService` that the controllers use: `list` and `lookup` of it. */
export const LOCATION_SERVICE = Symbol('LocationService');
