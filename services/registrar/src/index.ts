export { type CreateRegistrarOptions, createRegistrar, type RunningRegistrar } from './create-registrar.js';
export { RegistrarModule } from './registrar.module.js';
export {
  type RegistrarDependencies,
  RegistrarRuntime,
  type RegistrarRuntimeOptions,
  type RegistrarTimes,
} from './registrar-runtime.js';
