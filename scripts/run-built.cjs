// Runs a program of dist/. Without one Node would show a stack trace, and not say what to do.
const { existsSync } = require('node:fs');
const { resolve } = require('node:path');

const [node, , program, ...rest] = process.argv;
const path = resolve(program);
if (existsSync(path)) {
  process.argv = [node, path, ...rest];
  require(path);
} else {
  console.error(`There is no ${program} yet: run "npm run build" first.`);
  process.exitCode = 1;
}
