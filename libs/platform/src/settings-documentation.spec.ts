import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeSettings } from './settings-documentation.js';
import { settingNotes } from './settings-schema.js';

it('is what docs/settings.md says', async () => {
  const page = fileURLToPath(new URL('../../../docs/settings.md', import.meta.url));
  await expect(describeSettings()).toMatchFileSnapshot(page);
});

it('has one row for each setting', () => {
  const rows = describeSettings()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows.map((row) => row.split('`')[1])).toEqual(settingNotes().map(([name]) => name));
});
