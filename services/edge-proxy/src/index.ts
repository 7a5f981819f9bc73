export { type CreateEdgeProxyOptions, createEdgeProxy, type RunningEdgeProxy } from './create-edge-proxy.js';
export { drainTimes } from './drain-times.js';
export { EdgeProxyModule } from './edge-proxy.module.js';
export { EdgeRuntime } from './edge-runtime.js';
export {
  type EdgeDependencies,
  type EdgeRuntimeOptions,
  type LinkSource,
  type OpenLink,
} from './edge-runtime-options.js';
