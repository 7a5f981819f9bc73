import { settingNotes } from './settings-schema.js';

/** The settings as a Markdown page, generated from the schema that validates them. */
export function describeSettings(): string {
  const lines = [
    '# Settings',
    '',
    'Every service and the starter read these environment variables. Generated from the schema that validates them;',
    '`vitest run --dir libs/platform settings-documentation -u` writes this page anew.',
    'An empty variable counts as absent. An unknown `RINGDOWN_*` name, or a wrong value, stops the start with one line that says so.',
    '',
    '| Variable | Meaning | Value | Default |',
    '|---|---|---|---|',
  ];
  for (const [name, note] of settingNotes()) {
    const secret = note.secret ? ' Secret: never logged.' : '';
    lines.push(`| \`${name}\` | ${note.description}${secret} | ${note.expected} | ${note.fallback} |`);
  }
  return `${lines.join('\n')}\n`;
}
