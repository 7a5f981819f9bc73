export { canRunWith } from './can-run-with.js';
export { checkoutRoot } from './checkout-root.js';
export { type Child, endChildren, startChild } from './child-process.js';
export { freePorts } from './free-ports.js';
export { listBindings } from './list-bindings.js';
export { OperatorApi, type SeededTenant } from './operator-api.js';
export { portOf, ServiceProcess } from './service-process.js';
export { ServicesApart, type ServicesApartOptions } from './services-apart.js';
export { Sipp, type SippOptions, type SippStatistics, sippRow } from './sipp.js';
