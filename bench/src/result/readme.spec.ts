import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { filesIn, readmePath, withTables } from './readme.js';

it("has the README's tables in step with the results that they come from: npm run bench -- readme <files>", () => {
  const readme = readFileSync(readmePath, 'utf8');
  const files = filesIn(readme);
  expect(files.length).toBeGreaterThan(0);
  expect(withTables(readme, files)).toBe(readme);
});

it('says when there is no place for tables', () => {
  expect(() => withTables('# Something else', [])).toThrow('README.md has no "<!-- bench: file.json -->"');
});
