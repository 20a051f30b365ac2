// Runs in an Easel before anything of its own (`--require`): notes how long the longest string is that has been made
// of bytes, parsed, or written as JSON, and how much CPU the process has taken. A message asks for both.
'use strict';

const { Buffer } = require('node:buffer');
const { TextDecoder } = require('node:util');

let longest = 0;
const noted = (text) => {
  if (typeof text === 'string' && text.length > longest) {
    longest = text.length;
  }
  return text;
};

for (const name of [
  'toString',
  'utf8Slice',
  'latin1Slice',
  'asciiSlice',
  'base64Slice',
  'hexSlice',
]) {
  const original = Buffer.prototype[name];
  Buffer.prototype[name] = function watched(...args) {
    return noted(original.apply(this, args));
  };
}
const { decode } = TextDecoder.prototype;
TextDecoder.prototype.decode = function watched(...args) {
  return noted(decode.apply(this, args));
};
const { parse, stringify } = JSON;
JSON.parse = (text, ...rest) => parse(noted(text), ...rest);
JSON.stringify = (...args) => noted(stringify(...args));

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ longest, cpuMs: (user + system) / 1000 });
  longest = 0;
});
process.channel.unref();
