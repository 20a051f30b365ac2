// Runs Easel's main module anew for each environment that its parent sends, and reports how it ends.
'use strict';
const [, , main] = process.argv;

let output = '';
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (text) => {
    output += text;
    return true;
  };
}
process.exit = (code) => process.send({ code, output });

process.on('message', (env) => {
  for (const name of Object.keys(process.env)) {
    delete process.env[name];
  }
  Object.assign(process.env, env);
  output = '';
  // Only this module runs anew: loading all that it imports is what takes long.
  delete require.cache[main];
  require(main);
});
