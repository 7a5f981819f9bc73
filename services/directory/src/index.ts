export { createDirectory, type RunningDirectory } from './create-directory.js';
export { DirectoryModule } from './directory.module.js';
export { DirectoryRuntime, type DirectoryRuntimeOptions, migrationsDir } from './directory-runtime.js';
export type { DirectoryStore } from './ports/directory-store.js';
export {
  DEMO_DOMAIN,
  DEMO_TENANT,
  DEMO_USERNAMES,
  knownDemoPassword,
  replaceDemoPasswords,
  type SeedDemoOptions,
  type SeededDemo,
  seedDemo,
  subscribersWithKnownPasswords,
} from './use-cases/seed-demo.js';
