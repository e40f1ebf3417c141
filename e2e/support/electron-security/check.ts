import { findBreaches } from './rules.ts';
import { shellFiles } from './shell-files.ts';

const files = shellFiles();
const breaches = findBreaches(files);
for (const { rule, file, line } of breaches) {
  process.stdout.write(`src-main/hosts/electron/${file}:${line} ${rule}\n`);
}
process.stdout.write(`Electron security: ${Object.keys(files).length} files, ${breaches.length} breaches.\n`);
process.exitCode = breaches.length === 0 ? 0 : 1;
