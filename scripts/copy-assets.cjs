// Copies the Lua scripts and the price list of dist/ to another build of src/, which tsc alone leaves without them.
const { cpSync, statSync } = require('node:fs');

cpSync('dist', process.argv[2], {
  recursive: true,
  filter: (path) => /\.(lua|yaml)$/.test(path) || statSync(path).isDirectory(),
});
