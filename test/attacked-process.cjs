// Runs in an attacked Easel before anything of its own (`--require`).
//
// It tells how much CPU the main thread has spent in one turn of the event loop at most. The clock on the wall says
// nothing on a machine that others use as well, and `process.cpuUsage()` counts sharp's threads too, so it is the
// kernel's account of the thread. A timer is due each millisecond and runs once in each turn, so what was spent
// between two runs of it is one turn's, and a millisecond at most.
//
// It also lets images by URL come from this machine, as `downloads` in running-easel.ts does.
'use strict';

const { Buffer } = require('node:buffer');
const { openSync, readSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { setInterval } = require('node:timers');

const account = openSync(`/proc/self/task/${process.pid}/schedstat`);
const text = Buffer.alloc(64);

/** In nanoseconds. */
function cpuOfMainThread() {
  const length = readSync(account, text, 0, text.length, 0);
  return Number(text.toString('latin1', 0, length).split(' ')[0]);
}

let last = cpuOfMainThread();
let longest = 0;
setInterval(() => {
  const now = cpuOfMainThread();
  longest = Math.max(longest, now - last);
  last = now;
}, 1).unref();

process.on('message', () => {
  process.send(longest / 1e6);
  longest = 0;
});
process.channel.unref();

// Of the build that this process runs.
const { ImageDownload } = require(
  join(dirname(process.argv[1]), 'images', 'inputs', 'image-download.js'),
);
const lenient = new ImageDownload({ isAllowed: () => true });
const { fetch } = ImageDownload.prototype;
ImageDownload.prototype.fetch = (url, options) => fetch.call(lenient, url, options);
