export { type CreateRedirectOptions, createRedirect, type RunningRedirect } from './create-redirect.js';
export { RedirectModule } from './redirect.module.js';
export { type RedirectDependencies, RedirectRuntime, type RedirectRuntimeOptions } from './redirect-runtime.js';
