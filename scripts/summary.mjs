// Adds up the test reports below a folder, names what failed, was skipped or took a second attempt, and prints "N passed, N failed[, N skipped]" last.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? '.reports';
let reports;
try {
  reports = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
} catch {
  reports = [];
}
let passed = 0;
let failed = 0;
let skipped = 0;
for (const name of reports.toSorted()) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  for (const file of report.testResults) {
    // A file that could not be loaded has no assertions and still failed.
    if (file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed')) {
      failed += 1;
      console.log(`FAILED ${file.name}: ${String(file.message).split('\n')[0]}`);
    }
    for (const test of file.assertionResults) {
      if (test.status === 'passed') {
        passed += 1;
        const [first] = test.failureMessages;
        if (first !== undefined)
          console.log(
            `AGAIN ${name.replace(/\.json$/, '')}: ${test.fullName}: it had failed with ${first.split('\n')[0]}`,
          );
      } else if (test.status === 'failed') {
        failed += 1;
        console.log(`FAILED ${name.replace(/\.json$/, '')}: ${test.fullName}`);
      } else {
        skipped += 1;
        console.log(`SKIPPED ${name.replace(/\.json$/, '')}: ${test.fullName}`);
      }
    }
  }
}
const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
if (reports.length > 0) writeFileSync(join(folder, 'summary.txt'), `${line}\n`);
console.log(line);
if (failed > 0 || passed === 0 || (skipped > 0 && process.env.CI === 'true')) process.exitCode = 1;
