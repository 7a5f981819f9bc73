import { z } from 'zod';
import { edgeSettings } from './settings-schema/edge-settings.js';
import { focusSettings } from './settings-schema/focus-settings.js';
import { observingSettings } from './settings-schema/observing-settings.js';
import { processSettings } from './settings-schema/process-settings.js';
import { recordsSettings } from './settings-schema/records-settings.js';
import { serviceSettings } from './settings-schema/service-settings.js';
import type { SettingNote } from './settings-schema/setting.js';
import { sipSettings } from './settings-schema/sip-settings.js';

/**
 * The one schema of every environment variable that a service or the starter reads. It validates, gives the types, and
 * carries what the documentation says.
 */
export const settingsSchema = z.object({
  ...sipSettings,
  ...processSettings,
  ...serviceSettings,
  ...focusSettings,
  ...edgeSettings,
  ...recordsSettings,
  ...observingSettings,
});

/** The environment after validation, under the variables' own names. */
export type Environment = z.output<typeof settingsSchema>;

/** The note of each setting, in the order of the schema. */
export function settingNotes(): readonly (readonly [name: string, note: SettingNote])[] {
  return Object.entries(settingsSchema.shape).map(([name, schema]) => [name, schema.meta() as unknown as SettingNote]);
}
