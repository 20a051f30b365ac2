// Runs in an Easel before anything of its own (`--require`): tells whoever sends a message which modules are loaded.
'use strict';

process.on('message', () => {
  process.send(Object.keys(require.cache));
});
// Being listened to must not keep the process alive.
process.channel.unref();
